// DuckDB-Wasm imports "apache-arrow"; the import map of sql.html leads here, to the library that sql.js has loaded.
const { RecordBatchReader, Table, Type, tableToIPC } = globalThis.Arrow;
export { RecordBatchReader, Table, Type, tableToIPC };
