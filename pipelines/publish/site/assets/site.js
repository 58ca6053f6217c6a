/* The portal's one script: language, search, findings, charts. Data come as scripts (a page opened from disk may not
   fetch) that put their value under MZ.data. Text always goes in as text, never as markup. */
(function () {
  "use strict";
  var MZ = (window.MZ = window.MZ || {});
  MZ.data = MZ.data || {};
  var html = document.documentElement;
  var root = html.getAttribute("data-root") || "";

  function remembered() { try { return localStorage.getItem("mingzhang-language"); } catch (e) { return null; } }
  function remember(value) { try { localStorage.setItem("mingzhang-language", value); } catch (e) { /* private mode */ } }
  function english() { return html.classList.contains("en"); }
  function say(zh, en) { return english() ? en : zh; }
  function $(selector, from) { return (from || document).querySelector(selector); }
  function all(selector, from) { return Array.prototype.slice.call((from || document).querySelectorAll(selector)); }
  function el(tag, attributes, children) {
    var made = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }
  function both(zh, en) { return [el("span", { "class": "zh", lang: "zh-CN" }, [zh]), el("span", { "class": "en", lang: "en" }, [en])]; }

  /* --- language: set before anything is shown --- */
  var listeners = [];
  function setLanguage(language) {
    html.classList.toggle("en", language === "en");
    html.lang = language === "en" ? "en" : "zh-CN";
  }
  setLanguage(remembered() === "en" ? "en" : "zh");
  function translate() {
    all("[data-en]").forEach(function (node) {
      if (!node.hasAttribute("data-zh")) node.setAttribute("data-zh", node.textContent);
      node.textContent = node.getAttribute(english() ? "data-en" : "data-zh");
    });
    all("[data-en-placeholder]").forEach(function (node) {
      if (!node.hasAttribute("data-zh-placeholder")) node.setAttribute("data-zh-placeholder", node.placeholder);
      node.placeholder = node.getAttribute(english() ? "data-en-placeholder" : "data-zh-placeholder");
    });
    listeners.forEach(function (listener) { listener(); });
  }

  /* --- data --- */
  var waiting = {};
  MZ.load = function (key, done) {
    if (key in MZ.data) { done(MZ.data[key]); return; }
    if (waiting[key]) { waiting[key].push(done); return; }
    waiting[key] = [done];
    var script = el("script", { src: root + "data/" + key + ".js" });
    function finish() {
      var callbacks = waiting[key]; delete waiting[key];
      callbacks.forEach(function (callback) { callback(MZ.data[key]); });
    }
    script.onload = finish; script.onerror = finish;
    document.head.append(script);
  };
  MZ.loadAll = function (keys, done) {
    var left = keys.length;
    if (!left) { done(); return; }
    keys.forEach(function (key) { MZ.load(key, function () { left -= 1; if (!left) done(); }); });
  };

  /* --- search on the home page --- */
  var MOST = 40;
  function linesOf(text) { return text ? text.split("\n") : []; }
  function prepare(data) {
    var bodies = linesOf(data.bodies).map(function (line) { return line.split("\t"); });
    var reports = linesOf(data.reports), projects = linesOf(data.projects);
    return {
      reports: reports,
      entries: reports.map(function (line) {
        var f = line.split("\t"), body = bodies[+f[5]];
        return {
          name: f[1].toLowerCase(), place: body[0].toLowerCase(), pinyin: body[1], initials: body[2], year: f[3],
          kind: f[4] === "f" ? "决算 final accounts" : "预算 budget", id: f[0]
        };
      }),
      projects: projects,
      projectKeys: projects.map(function (line) { return line.slice(0, line.indexOf("\t")).toLowerCase(); }),
      codes: linesOf(data.codes).map(function (line) { return line.split("\t"); }),
      pages: linesOf(data.pages).map(function (line) { return line.split("\t"); })
    };
  }
  /* 武汉人社局2023决算 is four things that a report may say of itself. */
  function wordsOf(query) {
    var words = [];
    query.toLowerCase().split(/\s+/).filter(Boolean).forEach(function (word) {
      var year = /^(.*?)(20\d\d)(?:年度|年)?(.*)$/.exec(word);
      // A year inside a longer number is part of a code.
      if (year && !/\d$/.test(year[1]) && !/^\d/.test(year[3])) { words.push(year[2]); word = year[1] + year[3]; }
      var kind = /^(.*?)(决算|预算)$/.exec(word);
      if (kind) { words.push(kind[2]); word = kind[1]; }
      if (word) words.push(word);
    });
    return words;
  }
  /* Letters of a short name stand in the long one in this order: 人社局 in 人力资源和社会保障局. -1, or how far apart. */
  function apart(short, long) {
    var at = -1, first = -1;
    for (var i = 0; i < short.length; i += 1) {
      at = long.indexOf(short[i], at + 1);
      if (at < 0) return -1;
      if (!i) first = at;
    }
    return at - first + 1 - short.length;
  }
  function scoreOfWord(entry, word) {
    var at = entry.name.indexOf(word);
    if (at >= 0) return (entry.name === word ? 100 : at + word.length === entry.name.length ? 85 : at === 0 ? 75 : 70) - entry.name.length / 100;
    if (entry.year === word) return 40;
    if (entry.kind.indexOf(word) >= 0) return 20;
    if ((entry.place + entry.name).indexOf(word) >= 0) return 50;
    if (/^[a-z]+$/.test(word)) {
      at = entry.pinyin.indexOf(word);
      if (at >= 0) return at === 0 ? 60 : 45;
      at = entry.initials.indexOf(word);
      if (at >= 0 && word.length > 1) return at + word.length === entry.initials.length ? 55 : 40;
    }
    if (entry.id.indexOf(word) >= 0) return 30;
    if (word.length > 1 && word.charCodeAt(0) > 0x2e7f) {
      var gaps = apart(word, entry.name);
      if (gaps >= 0 && entry.name[entry.name.length - 1] === word[word.length - 1]) return 36 - Math.min(gaps, 15);
      gaps = apart(word, entry.place + entry.name);
      if (gaps >= 0 && word.length > 2 && entry.name[entry.name.length - 1] === word[word.length - 1]) return 18 - Math.min(gaps, 15) / 2;
    }
    return -1;
  }
  function scoreOf(entry, words) {
    var sum = 0;
    for (var w = 0; w < words.length; w += 1) {
      var score = scoreOfWord(entry, words[w]);
      if (score < 0) return -1;
      sum += score;
    }
    return sum;
  }
  /* The best first; of equals the newer year, which the index has first. */
  function matchingReports(index, words) {
    var found = [];
    index.entries.forEach(function (entry, at) { var score = scoreOf(entry, words); if (score >= 0) found.push([score, at]); });
    found.sort(function (a, b) { return b[0] - a[0] || a[1] - b[1]; });
    return found.map(function (one) { return one[1]; });
  }
  /* A project by its name; words that are not in the name may say the department, region or year. */
  function matchingProjects(index, words) {
    var found = [];
    index.projectKeys.forEach(function (key, at) {
      var others = words.filter(function (word) { return key.indexOf(word) < 0; });
      if (others.length === words.length) return;
      if (!others.length || placesOf(index, at, others).length) found.push([at, others]);
    });
    return found;
  }
  function matchingCodes(index, words) {
    var found = index.codes.filter(function (code) {
      return words.every(function (word) { return code[0].indexOf(word) === 0 || code[1].toLowerCase().indexOf(word) >= 0; });
    });
    return found.sort(function (a, b) { return (b[0] === words[0]) - (a[0] === words[0]) || b[2] - a[2]; });
  }
  function matchingPages(index, words) {
    return index.pages.filter(function (one) {
      var text = (one[0] + " " + one[1]).toLowerCase().replace(/[“”"]/g, "");
      return words.every(function (word) { return text.indexOf(word.replace(/[“”"]/g, "")) >= 0; });
    });
  }
  function placesOf(index, at, words) {
    return index.projects[at].split("\t").slice(1).map(function (place) {
      var cut = place.indexOf(":");
      return [+place.slice(0, cut), place.slice(cut + 1)];
    }).filter(function (place) { return scoreOf(index.entries[place[0]], words) >= 0; });
  }
  function reportOf(index, number) {
    var f = index.reports[number].split("\t");
    return { id: f[0], name: f[1], region: f[2], year: f[3], kind: f[4] };
  }
  function about(report) {
    return el("small", {}, [report.region + " · " + report.year + " "].concat(report.kind === "f" ? both("决算", "final accounts") : both("预算", "budget")));
  }
  function startSearch() {
    var form = $("[data-search]");
    if (!form) return;
    var input = $("input", form), list = $("[data-search-hits]"), status = $("[data-search-status]"), index = null;
    function load() {
      MZ.load("search", function (data) {
        if (!data) { status.textContent = say("索引未能载入。", "The index could not be loaded."); return; }
        if (!index) { index = prepare(data); show(); }
      });
    }
    function show() {
      list.textContent = "";
      var words = wordsOf(input.value);
      if (!words.length || !index) { status.textContent = ""; return; }
      var reports = matchingReports(index, words), projects = matchingProjects(index, words);
      var codes = matchingCodes(index, words), pages = matchingPages(index, words);
      function tagged(zh, en, text, href, small) {
        list.append(el("li", {}, [el("a", { href: href }, [el("span", { "class": "tag info" }, both(zh, en)), " "].concat(text, small ? [el("small", {}, small)] : []))]));
      }
      // A code that is typed whole is what is meant.
      var meant = codes.length && (codes[0][0] === words[0] || !reports.length);
      if (meant) codes.slice(0, 6).forEach(function (code) { tagged("科目", "Code", [code[0] + " " + code[1]], "function/" + code[0] + ".html", [code[2]]); });
      reports.slice(0, MOST).forEach(function (at) {
        var report = reportOf(index, at);
        list.append(el("li", {}, [el("a", { href: "report/" + report.id + ".html" }, [report.name, about(report)])]));
      });
      projects.slice(0, Math.max(10, MOST - reports.length)).forEach(function (one) {
        var name = index.projects[one[0]].split("\t")[0];
        placesOf(index, one[0], one[1]).slice(0, 3).forEach(function (place) {
          var report = reportOf(index, place[0]), small = about(report);
          small.prepend(report.name + " · ");
          list.append(el("li", {}, [el("a", { href: "report/" + report.id + ".html#" + place[1] },
            [el("span", { "class": "tag info" }, both("项目", "Project")), " " + name, small])]));
        });
      });
      if (!meant) codes.slice(0, 4).forEach(function (code) { tagged("科目", "Code", [code[0] + " " + code[1]], "function/" + code[0] + ".html", [code[2]]); });
      pages.slice(0, 5).forEach(function (one) { tagged("说明", "About", both(one[0], one[1]), one[2]); });
      status.textContent = say(
        "找到 " + reports.length + " 份报告、" + projects.length + " 个项目、" + codes.length + " 个科目" + (list.children.length < reports.length + projects.length ? "，显示前 " + list.children.length + " 条" : ""),
        reports.length + " reports, " + projects.length + " projects, " + codes.length + " codes" + (list.children.length < reports.length + projects.length ? ", the first " + list.children.length + " shown" : ""));
    }
    input.addEventListener("focus", load);
    input.addEventListener("input", function () { load(); show(); });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var first = $("a", list);
      if (first) first.click();
    });
    form.addEventListener("keydown", function (event) {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      var stops = [input].concat(all("a", list)), at = stops.indexOf(document.activeElement);
      var next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (at >= 0 && next) { event.preventDefault(); next.focus(); }
    });
    listeners.push(show);
    if (input.value || document.activeElement === input) load();
  }

  /* --- findings --- */
  var GROUPS = ["error", "warning", "rounding", "info"], NAMES = [["错误", "Error"], ["警告", "Warning"], ["尾差", "Rounding"], ["提示", "Info"]], PER_PAGE = 50,
    MANY = 20000; /* so many findings are not loaded before a reader asks for all years */
  function startFindings() {
    var form = $("[data-findings]");
    if (!form) return;
    var status = $("[data-findings-status]"), list = $("[data-findings-list]"), pager = $("[data-pager]"), at = 0, index, found = [];
    function fields() {
      var state = {};
      (location.hash.slice(1) || "").split("&").forEach(function (part) {
        var cut = part.indexOf("=");
        if (cut > 0) state[part.slice(0, cut)] = decodeURIComponent(part.slice(cut + 1));
      });
      return state;
    }
    function option(value, zh, en) { return el("option", { value: value, "data-zh": zh, "data-en": en }, [say(zh, en)]); }
    function fill(select, options, value) {
      select.textContent = "";
      options.forEach(function (one) { select.append(one); });
      select.value = value || "";
      if (select.selectedIndex < 0) select.selectedIndex = 0;
    }
    function years() { return form.year.value ? [+form.year.value] : index.years; }
    function shards() { return years().map(function (year) { return [year, MZ.data["findings-" + year]]; }).filter(function (pair) { return pair[1]; }); }
    function fillRegions(value) {
      var names = {};
      shards().forEach(function (pair) { pair[1].regions.forEach(function (region) { names[region[0]] = region[1]; }); });
      fill(form.region, [option("", "全部", "All")].concat(Object.keys(names).sort().map(function (code) {
        return option(code, code + " " + names[code], code + " " + names[code]);
      })), value);
    }
    function select() {
      found = [];
      var group = GROUPS.indexOf(form.severity.value), cause = form.cause.value, rule = form.rule.value === "" ? -1 : +form.rule.value, region = form.region.value;
      shards().forEach(function (pair) {
        var shard = pair[1], code = -1;
        if (region) {
          code = shard.regions.findIndex(function (one) { return one[0] === region; });
          if (code < 0) return;
        }
        for (var i = 0; i < shard.report.length; i += 1) {
          if (group >= 0 && shard.group[i] !== group) continue;
          if (cause && !shard.cause[i]) continue;
          if (rule >= 0 && shard.rule[i] !== rule) continue;
          if (code >= 0 && shard.reports[shard.report[i]][2] !== code) continue;
          found.push([pair[0], i, shard.group[i], shard.cause[i], shard.size[i]]);
        }
      });
      // Each year is in this order already.
      found.sort(function (a, b) { return a[2] - b[2] || b[3] - a[3] || b[4] - a[4]; });
    }
    function pieceOf(one) { return "findings-" + one[0] + "-" + Math.floor(one[1] / index.piece); }
    function item(one) {
      var shard = MZ.data["findings-" + one[0]], i = one[1], report = shard.reports[shard.report[i]];
      var rule = index.rules[shard.rule[i]], piece = MZ.data[pieceOf(one)], text = piece ? piece[i % index.piece] : ["", ""];
      var page = "report/" + report[0] + ".html", group = shard.group[i];
      var where = [el("a", { href: page + "#" + shard.anchor[i] }, both("查看所在行", "Go to the row")), " · ",
        el("a", { href: page + "#f-" + shard.id[i] }, [report[1]]), " · " + one[0] + " "].concat(
        report[3] === "final" ? both("决算", "final accounts") : both("预算", "budget"), [" · " + report[4]]);
      if (shard.page[i]) where = where.concat([" · "], both("第" + shard.page[i] + "页", "page " + shard.page[i]));
      if (shard.line[i]) where = where.concat([" · "], both("第" + shard.line[i] + "行", "line " + shard.line[i]));
      return el("li", shard.cause[i] ? {} : { "class": "follows" }, [
        el("p", { "class": "what" }, [el("span", { "class": "tag " + GROUPS[group] }, both(NAMES[group][0], NAMES[group][1])), " ",
          el("a", { href: "rules.html#" + rule[0] }, [rule[0] + " "].concat(both(rule[1], rule[2])))].concat(
          shard.cause[i] ? [] : [" ", el("small", {}, both("由另一处引起", "follows from another"))])),
        el("p", {}, both(text[0], text[1])), el("p", { "class": "where" }, where)]);
    }
    function show() {
      var pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
      at = Math.min(Math.max(0, at), pages - 1);
      var part = found.slice(at * PER_PAGE, (at + 1) * PER_PAGE), wanted = {}, shownAt = at;
      part.forEach(function (one) { wanted[pieceOf(one)] = true; });
      MZ.loadAll(Object.keys(wanted), function () {
        if (shownAt !== at) return;
        list.textContent = "";
        part.forEach(function (one) { list.append(item(one)); });
        sayStatus();
      });
      pager.hidden = pages < 2;
      $("[data-page]", pager).textContent = (at + 1) + " / " + pages;
      $('[data-step="-1"]', pager).disabled = at === 0;
      $('[data-step="1"]', pager).disabled = at === pages - 1;
    }
    function sayStatus() {
      var errors = 0, warnings = 0;
      found.forEach(function (one) { if (one[3] && one[2] === 0) errors += 1; if (one[3] && one[2] === 1) warnings += 1; });
      var rest = found.length - errors - warnings;
      status.textContent = say(
        errors + " 处错误、" + warnings + " 处警告" + (rest ? "，另有由其引起的、尾差和提示 " + rest + " 条" : "") + "。先错误，后警告；差额大的在前。",
        errors + " errors and " + warnings + " warnings" + (rest ? ", and " + rest + " that follow, are within rounding, or remarks" : "") + ". Errors first, the largest difference first.");
    }
    function note() {
      var rule = form.rule.value === "" ? "" : index.rules[+form.rule.value][0], parts = [];
      [["year", form.year.value], ["region", form.region.value], ["severity", form.severity.value], ["cause", form.cause.value], ["rule", rule]].forEach(function (pair) {
        if (pair[1]) parts.push(pair[0] + "=" + encodeURIComponent(pair[1]));
      });
      try { history.replaceState(null, "", "#" + parts.join("&")); } catch (e) { /* some browsers refuse it from disk */ }
    }
    function refresh(region) {
      MZ.loadAll(years().map(function (year) { return "findings-" + year; }), function () {
        fillRegions(region); select(); at = 0; show();
      });
    }
    function begin() {
      var total = index.counts.reduce(function (sum, count) { return sum + count; }, 0), state = fields(), wanted = index.rules.findIndex(function (rule) { return rule[0] === state.rule; });
      fill(form.year, [option("", "全部", "All")].concat(index.years.map(function (year, i) {
        return option(year, year + "（" + index.causes[i] + "）", year + " (" + index.causes[i] + ")");
      })), state.year || (location.hash.length > 1 || total < MANY ? "" : String(index.years[0] || "")));
      fill(form.rule, [option("", "全部", "All")].concat(index.rules.map(function (rule, i) { return option(i, rule[0] + " " + rule[1], rule[0] + " " + rule[2]); })), wanted < 0 ? "" : String(wanted));
      form.severity.value = GROUPS.indexOf(state.severity) < 0 ? "" : state.severity;
      form.cause.value = state.cause === "1" ? "1" : "";
      refresh(state.region);
    }
    MZ.load("findings", function (data) {
      if (!data) { status.textContent = say("数据未能载入。", "The data could not be loaded."); return; }
      index = data; begin();
      form.addEventListener("change", function (event) {
        note();
        if (event.target === form.year) refresh(form.region.value); else { select(); at = 0; show(); }
      });
      form.addEventListener("submit", function (event) { event.preventDefault(); });
      window.addEventListener("hashchange", begin);
      pager.addEventListener("click", function (event) {
        var button = event.target.closest("[data-step]");
        if (!button) return;
        at += +button.getAttribute("data-step"); show();
        list.scrollIntoView(); list.setAttribute("tabindex", "-1"); list.focus({ preventScroll: true });
      });
      listeners.push(sayStatus);
    });
  }

  /* --- charts --- */
  function startCharts() {
    var source = $("#chart-data");
    if (!source) return;
    if (!window.echarts) {
      $("[data-no-charts]").hidden = false;
      $(".charts").classList.add("off");
      return;
    }
    var drawn = JSON.parse(source.textContent).map(function (data) {
      var box = $('[data-chart="' + data.key + '"]');
      box.style.height = Math.max(190, 78 + data.names.length * (data.series.length > 1 && !data.stack ? 36 : 26)) + "px";
      return { data: data, chart: window.echarts.init(box, null, { renderer: "canvas" }), box: box };
    });
    function colour(name) { return getComputedStyle(html).getPropertyValue("--" + name).trim(); }
    function wrap(text, width) { return text.length > width ? text.slice(0, width - 1) + "…" : text; }
    function draw() {
      drawn.forEach(function (one) {
        var data = one.data, narrow = one.box.clientWidth < 420, language = english() ? 1 : 0;
        one.chart.setOption({
          animation: false, color: [colour("k0"), colour("k1")], aria: { enabled: true },
          textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
          legend: { textStyle: { color: colour("ink") }, show: data.series.length > 1, top: 0, right: 0, itemWidth: 14, itemHeight: 10 },
          grid: { left: 8, right: 64, top: data.series.length > 1 ? 30 : 8, bottom: 8, containLabel: true },
          // Rich text is drawn; the tooltip in HTML carries styles in it, which the page's policy forbids.
          tooltip: { renderMode: "richText", trigger: "axis", axisPointer: { type: "shadow" }, confine: true },
          xAxis: { type: "value", axisLabel: { hideOverlap: true, fontSize: 11, color: colour("soft") }, splitNumber: narrow ? 2 : 4, splitLine: { lineStyle: { color: colour("line") } } },
          yAxis: {
            type: "category", inverse: true, data: data.names.map(function (name) { return name[language]; }), axisTick: { show: false },
            axisLabel: { fontSize: narrow ? 11 : 12, color: colour("ink"), width: narrow ? 118 : 250, overflow: "break", lineHeight: 13, formatter: function (name) { return wrap(name, narrow ? 22 : 34); } }
          },
          series: data.series.map(function (series) {
            return {
              type: "bar", name: series[english() ? "en" : "zh"], stack: data.stack ? "all" : undefined, barMaxWidth: 16, barMinHeight: data.stack ? 0 : 1,
              data: series.values.map(function (value) { return value === null ? null : +value; }),
              label: { show: !data.stack, position: "right", fontSize: 11, color: colour("ink"), formatter: function (p) { return p.value === null || p.value === undefined ? "" : p.value.toLocaleString("en-US", { maximumFractionDigits: 2 }); } }
            };
          })
        }, true);
      });
    }
    draw();
    drawn.forEach(function (one) {
      var figure = one.box.parentElement;
      offer(figure, [
        ["PNG", function () { save(fileName(figure, ".png"), one.chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: colour("paper") })); }],
        ["CSV", function () { saveText(fileName(figure, ".csv"), "text/csv", chartCsv(one.data)); }]]);
    });
    listeners.push(draw);
    window.addEventListener("resize", function () { drawn.forEach(function (one) { one.chart.resize(); }); draw(); });
  }

  /* --- taking a chart away: as a picture, and its data --- */
  function save(name, href) {
    var link = el("a", { href: href, download: name });
    document.body.append(link); link.click(); link.remove();
  }
  function saveText(name, type, text) {
    var address = URL.createObjectURL(new Blob([text], { type: type }));
    save(name, address);
    setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
  }
  function fileName(figure, end) {
    return (document.title.split(" · ")[0] + " " + $("figcaption", figure).innerText).replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 80) + end;
  }
  /* The colours stand in the style sheet: they are written into the copy. */
  function standalone(svg) {
    var copy = svg.cloneNode(true), own = all("*", svg), made = all("*", copy), box = svg.viewBox.baseVal;
    own.forEach(function (node, at) {
      var style = getComputedStyle(node);
      if (style.display === "none" && node.tagName !== "title") { made[at].setAttribute("display", "none"); return; }
      ["fill", "stroke", "stroke-width", "opacity", "font-size"].forEach(function (name) { made[at].setAttribute(name, style.getPropertyValue(name)); });
    });
    copy.setAttribute("width", box.width); copy.setAttribute("height", box.height);
    copy.setAttribute("font-family", getComputedStyle(document.body).fontFamily);
    return new XMLSerializer().serializeToString(copy);
  }
  function csvCell(value) { return value === null ? "" : /[",\n]/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value; }
  function chartCsv(data) {
    var at = english() ? 1 : 0;
    return "\ufeff" + [[""].concat(data.series.map(function (one) { return one[english() ? "en" : "zh"]; }))].concat(data.names.map(function (name, i) {
      return [name[at]].concat(data.series.map(function (one) { return one.values[i]; }));
    })).map(function (row) { return row.map(csvCell).join(","); }).join("\n") + "\n";
  }
  function offer(figure, buttons) {
    figure.append(el("p", { "class": "take" }, buttons.map(function (one) {
      var button = el("button", { type: "button" }, [one[0]]);
      button.addEventListener("click", one[1]);
      return button;
    })));
  }
  function offerDrawings() {
    all("figure.drawn").forEach(function (figure) {
      offer(figure, [["SVG", function () { saveText(fileName(figure, ".svg"), "image/svg+xml", standalone($("svg", figure))); }]]);
    });
  }

  /* --- tables that are sorted by the head that is pressed; rows without a figure stay last --- */
  function startSorting() {
    all("table[data-sort]").forEach(function (table) {
      var body = table.tBodies[0], heads = all("thead th", table);
      heads.forEach(function (head, at) {
        var button = el("button", { type: "button", "class": "sort" });
        while (head.firstChild) button.append(head.firstChild);
        head.append(button);
        button.addEventListener("click", function () {
          var down = head.getAttribute("aria-sort") !== "descending";
          heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
          head.setAttribute("aria-sort", down ? "descending" : "ascending");
          var rows = all("tr", body).map(function (row) {
            var cell = row.cells[at], text = (cell.firstChild && cell.firstChild.nodeType === 3 ? cell.firstChild.data : cell.textContent).trim();
            var value = parseFloat(text.replace(/,/g, ""));
            return { row: row, text: text, value: isNaN(value) ? null : value };
          });
          rows.sort(function (a, b) {
            if (!a.text !== !b.text) return a.text ? -1 : 1;
            var order = a.value !== null && b.value !== null ? a.value - b.value : a.text.localeCompare(b.text, "zh");
            return down ? -order : order;
          });
          rows.forEach(function (one) { body.append(one.row); });
        });
      });
    });
  }

  /* A row inside a closed part of the page is opened when it is linked to. */
  function openTarget() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    var opened = false;
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS" && !node.open) { node.open = true; opened = true; }
    }
    if (opened) target.scrollIntoView();
  }

  document.addEventListener("DOMContentLoaded", function () {
    $("[data-lang]").addEventListener("click", function () {
      var language = english() ? "zh" : "en";
      remember(language); setLanguage(language); translate();
    });
    translate(); startSearch(); startFindings(); startCharts(); offerDrawings(); startSorting(); openTarget();
    window.addEventListener("hashchange", openTarget);
    window.addEventListener("beforeprint", function () { all("details").forEach(function (part) { part.open = true; }); });
  });
})();
