// The SQL page: DuckDB-Wasm in a worker, on mingzhang.duckdb beside the site. No other host is ever asked.
// A classic script, so that it also runs from disk, where modules and workers are refused, and can say so.
"use strict";

(() => {
  const SHOWN_ROWS = 1000;
  // A smaller database is fetched whole; of a larger one only the parts that a query needs.
  const WHOLE_FILE_BYTES = 64 * 1024 * 1024;
  const FILE = "mingzhang.duckdb";
  const CSV_NAME = "mingzhang-query.csv";
  const NUMERIC = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL|FLOAT|DOUBLE|REAL)/;
  const NOT_TEXT = /^(?:DATE|TIME|TIMESTAMP|BOOLEAN|INTERVAL)/;

  const page = JSON.parse(document.getElementById("sql-data").textContent);
  const GUARDED = new RegExp(page.guarded);
  const HARMLESS = new RegExp(page.harmless);
  const here = (path) => new URL(path, document.baseURI).href;
  const part = (id) => document.getElementById(id);
  const editor = part("sql-editor");
  const buttons = { run: part("sql-run"), stop: part("sql-stop"), download: part("sql-download") };

  let engine = null; // {db, worker, connection}
  let generation = 0; // of the engine: what an earlier one still reports is dropped
  let last = null; // the query whose result is shown

  // --- Words -------------------------------------------------------------------------------------------------

  function said(tag, chinese, english, className) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    for (const [language, text] of [["zh", chinese], ["en", english]]) {
      const span = document.createElement("span");
      span.className = language;
      span.lang = language === "zh" ? "zh-CN" : "en";
      span.textContent = text;
      element.append(span);
    }
    return element;
  }

  function status(chinese, english) {
    part("sql-status").replaceChildren(said("span", chinese, english));
  }

  function state(name) {
    // loading, ready, running, failed, refused: buttons and tests go by it.
    part("sql").dataset.state = name;
    buttons.run.disabled = name !== "ready";
    buttons.stop.hidden = name !== "running";
    buttons.download.disabled = name !== "ready" || !last;
  }

  function showError(error) {
    const text = document.createElement("pre");
    text.textContent = readable(error);
    const box = part("sql-error");
    box.replaceChildren(said("strong", "查询未能完成", "The query failed"), text);
    box.hidden = false;
  }

  function readable(error) {
    return String(error?.message ?? error).replace(/^Error: /, "").trim();
  }

  // --- Engine ------------------------------------------------------------------------------------------------

  function loadScript(path) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = here(path);
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => reject(new Error(`${path} cannot be loaded`)));
      document.head.append(script);
    });
  }

  async function library() {
    if (!globalThis.Arrow) await loadScript("vendor/apache-arrow.min.js");
    return import(here("vendor/duckdb-browser.mjs"));
  }

  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

  async function start() {
    const mine = ++generation;
    state("loading");
    status("正在载入 DuckDB…", "Loading DuckDB…");
    const duckdb = await library();
    const worker = new Worker(here("vendor/duckdb-browser-eh.worker.js"));
    engine = { worker };
    const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
    await db.instantiate(here("vendor/duckdb-eh.wasm"));
    // Of a file that is read by its address only parts are asked; by default DuckDB-Wasm reads it whole.
    const filesystem = { reliableHeadRequests: true, allowFullHTTPReads: true, forceFullHTTPReads: false };
    await db.open({ allowUnsignedExtensions: false, filesystem });
    status("正在读取数据库…", "Reading the database…");
    await register(db, duckdb);
    const connection = await db.connect();
    // Everything that could make DuckDB ask another host is off before the first query, and stays off.
    await connection.query(`
      SET autoinstall_known_extensions = false;
      SET autoload_known_extensions = false;
      ATTACH '${FILE}' AS mingzhang (READ_ONLY);
      USE mingzhang;
      SET enable_external_access = false;
      SET lock_configuration = true;
    `);
    if (mine !== generation) {
      worker.terminate();
      return;
    }
    engine = { db, worker, connection };
    await listTables();
    state("ready");
    status("就绪。", "Ready.");
  }

  async function register(db, duckdb) {
    const head = await fetch(here(page.database), { method: "HEAD" });
    if (!head.ok) throw new Error(`${page.database}: ${head.status} ${head.statusText}`);
    const size = Number(head.headers.get("Content-Length"));
    const inParts = head.headers.get("Accept-Ranges") === "bytes" && !head.headers.get("Content-Encoding");
    if (inParts && size > WHOLE_FILE_BYTES) {
      await db.registerFileURL(FILE, here(page.database), duckdb.DuckDBDataProtocol.HTTP, false);
      return;
    }
    const answer = await fetch(here(page.database));
    if (!answer.ok) throw new Error(`${page.database}: ${answer.status} ${answer.statusText}`);
    const content = new Uint8Array(await answer.arrayBuffer());
    status(`已读取数据库（${megabytes(content.length)} MB）。`, `Database read (${megabytes(content.length)} MB).`);
    await db.registerFileBuffer(FILE, content);
  }

  function quit() {
    generation += 1;
    engine?.worker.terminate();
    engine = null;
  }

  // --- Queries -----------------------------------------------------------------------------------------------

  // Every value comes as the text that DuckDB makes of it, so that a decimal is exactly the one that is stored.
  // A statement that cannot stand in a subquery (EXPLAIN, PREPARE…) runs as it is; its values are made text here.
  async function open(sql) {
    const text = sql.trim().replace(/;+$/, "");
    let types;
    try {
      types = rowsOf(await engine.connection.query(`DESCRIBE FROM (\n${text}\n)`)).map((row) => ({
        name: row[0],
        type: row[1],
      }));
    } catch {
      const table = await engine.connection.query(sql);
      return { columns: table.schema.fields.map((f) => ({ name: f.name, type: "" })), batches: [table] };
    }
    const stream = await engine.connection.send(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (\n${text}\n)`);
    return { columns: types, batches: stream };
  }

  function rowsOf(batch) {
    const columns = Array.from({ length: batch.numCols }, (_, i) => batch.getChildAt(i));
    return Array.from({ length: batch.numRows }, (_, row) => columns.map((column) => plain(column.get(row))));
  }

  // As in the published CSV: 12.5, not 12.500000. Digits are dropped only if they are zeros behind the point.
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

  function textsOf(batch, columns) {
    const decimal = columns.map((column) => /^DECIMAL\(\d+,\d+\)$/.test(column.type));
    return rowsOf(batch).map((row) => row.map((value, i) => (decimal[i] && value !== null ? trimmed(value) : value)));
  }

  function plain(value) {
    if (value === null || value === undefined) return null;
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  async function run() {
    const sql = editor.value;
    if (part("sql").dataset.state !== "ready" || !sql.trim()) return;
    const mine = generation;
    part("sql-error").hidden = true;
    state("running");
    status("正在查询…", "Running…");
    const began = performance.now();
    try {
      const shown = [];
      let count = 0;
      const { columns, batches } = await open(sql);
      for await (const batch of batches) {
        if (shown.length < SHOWN_ROWS) shown.push(...textsOf(batch.slice(0, SHOWN_ROWS - shown.length), columns));
        count += batch.numRows;
      }
      if (mine !== generation) return;
      last = sql;
      showResult(columns, shown, count, performance.now() - began);
    } catch (error) {
      if (mine !== generation) return;
      last = null;
      part("sql-result").replaceChildren();
      showError(error);
      status("", "");
    }
    state("ready");
  }

  async function stop() {
    quit();
    await begin();
    status("已停止，数据库已重新打开。", "Stopped; the database is open again.");
  }

  // --- Result ------------------------------------------------------------------------------------------------

  function showResult(columns, rows, count, milliseconds) {
    const seconds = (milliseconds / 1000).toFixed(2);
    const more = count > rows.length;
    status(
      `${count.toLocaleString("en")} 行，${seconds} 秒${more ? `；只显示前 ${rows.length.toLocaleString("en")} 行，下载可得全部` : ""}。`,
      `${count.toLocaleString("en")} ${count === 1 ? "row" : "rows"} in ${seconds} s${more ? `; the first ${rows.length.toLocaleString("en")} are shown, the download holds all` : ""}.`,
    );
    const numeric = columns.map((column) => NUMERIC.test(column.type));
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    columns.forEach((column, i) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = column.name;
      cell.title = column.type;
      if (numeric[i]) cell.className = "n";
      head.append(cell);
    });
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      row.forEach((value, i) => {
        const cell = line.insertCell();
        if (numeric[i]) cell.className = "n";
        if (value === null) cell.append(absent());
        else cell.textContent = value;
      });
    }
    part("sql-result").replaceChildren(table);
  }

  function absent() {
    const mark = document.createElement("span");
    mark.className = "null";
    mark.textContent = "NULL";
    return mark;
  }

  // --- Download ----------------------------------------------------------------------------------------------

  function cell(value, column) {
    if (value === null) return "";
    const text = isText(column) && GUARDED.test(value) && !HARMLESS.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  const isText = (column) => !/\[/.test(column.type) && !NUMERIC.test(column.type) && !NOT_TEXT.test(column.type);

  async function download() {
    if (part("sql").dataset.state !== "ready" || !last) return;
    const mine = generation;
    state("running");
    try {
      const { columns, batches } = await open(last);
      const name = { type: "VARCHAR" };
      // The byte order mark tells Excel that the text is UTF-8.
      const parts = ["\ufeff", columns.map((c) => cell(c.name, name)).join(","), "\r\n"];
      for await (const batch of batches) {
        parts.push(textsOf(batch, columns).map((row) => `${row.map((v, i) => cell(v, columns[i])).join(",")}\r\n`).join(""));
      }
      if (mine !== generation) return;
      save(new Blob(parts, { type: "text/csv;charset=utf-8" }));
    } catch (error) {
      if (mine !== generation) return;
      showError(error);
    }
    state("ready");
  }

  function save(blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = CSV_NAME;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  // --- Tables and examples -----------------------------------------------------------------------------------

  async function listTables() {
    const found = rowsOf(await engine.connection.query(`
      SELECT 'view' AS kind, view_name, comment FROM duckdb_views() WHERE database_name = 'mingzhang' AND NOT internal
      UNION ALL
      SELECT 'table', table_name, comment FROM duckdb_tables() WHERE database_name = 'mingzhang' AND NOT internal
      ORDER BY 1 DESC, 2
    `));
    for (const kind of ["view", "table"]) {
      const entries = found.filter((row) => row[0] === kind).map(([, name, comment]) => tableEntry(name, comment));
      part(`sql-${kind}s`).replaceChildren(...entries);
    }
  }

  const quoted = (name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

  function tableEntry(name, comment) {
    const entry = document.createElement("details");
    const summary = document.createElement("summary");
    const code = document.createElement("code");
    code.textContent = name;
    summary.append(code);
    // A comment begins with the title: 中文. English. …
    const [chinese, english] = (comment ?? "").split(". ");
    if (english && chinese !== name) summary.append(" ", said("small", chinese, english));
    const about = document.createElement("p");
    about.textContent = comment ?? "";
    const columns = document.createElement("ul");
    const use = said("button", "查询此表", "Query it");
    use.type = "button";
    use.className = "button";
    use.addEventListener("click", () => {
      propose(`SELECT * FROM ${quoted(name)} LIMIT 100`);
      run();
    });
    entry.append(summary, about, use, columns);
    entry.addEventListener("toggle", async () => {
      if (entry.open && !columns.children.length && engine?.connection) columns.append(...(await columnEntries(name)));
    });
    return entry;
  }

  async function columnEntries(name) {
    const found = rowsOf(await engine.connection.query(`
      SELECT column_name, data_type, comment FROM duckdb_columns()
      WHERE database_name = 'mingzhang' AND table_name = '${name.replaceAll("'", "''")}' ORDER BY column_index
    `));
    return found.map(([column, type, comment]) => {
      const entry = document.createElement("li");
      const code = document.createElement("code");
      code.textContent = column;
      entry.append(code, ` ${type}${comment ? ` · ${comment}` : ""}`);
      return entry;
    });
  }

  function propose(sql) {
    editor.value = sql;
    editor.focus();
    editor.setSelectionRange(0, 0);
    editor.scrollTop = 0;
  }

  function linkedQuery() {
    // sql.html#sql=SELECT… fills the editor; whoever reads it decides to run it.
    if (!location.hash.startsWith("#sql=")) return null;
    try {
      return decodeURIComponent(location.hash.slice(5));
    } catch {
      return null; // not what a link of ours looks like
    }
  }

  // --- Start -------------------------------------------------------------------------------------------------

  async function begin() {
    try {
      await start();
    } catch (error) {
      state("failed");
      status("数据库未能打开。", "The database could not be opened.");
      showError(error);
    }
  }

  function listen() {
    buttons.run.addEventListener("click", run);
    buttons.stop.addEventListener("click", stop);
    buttons.download.addEventListener("click", download);
    editor.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        run();
      }
    });
    for (const button of document.querySelectorAll("[data-example]")) {
      button.addEventListener("click", () => {
        propose(page.examples[Number(button.dataset.example)]);
        run();
      });
    }
  }

  if (location.protocol === "file:") {
    part("sql-from-disk").hidden = false;
    part("sql").hidden = true;
    state("refused");
    return;
  }
  editor.value = linkedQuery() ?? page.examples[0];
  listen();
  begin();
})();
