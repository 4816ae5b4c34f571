// The rows of a table of MS Access as another reader finds them, a line of JSON each.
// access_rows.mjs FILE TABLE COLUMN...
import { readFileSync } from "node:fs";
import Reader from "mdb-reader";

const [file, table, ...columns] = process.argv.slice(2);

function text(value) {
  return value instanceof Date
    ? value.toISOString().slice(0, 19)
    : value === null
      ? ""
      : String(value);
}

for (const row of new Reader(readFileSync(file)).getTable(table).getData()) {
  console.log(JSON.stringify(columns.map((column) => text(row[column]))));
}
