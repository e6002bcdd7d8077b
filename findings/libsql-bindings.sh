#!/bin/sh
# libsql 0.5.29 (Node.js): a statement with a parameter too few runs, and stores NULL.
#
# The package has the interface of better-sqlite3, which raises an error before it runs a statement with too few or too many
# values, or with a named parameter that the object lacks. libsql binds what it is given: positions and names without a
# value are NULL, values beyond the last parameter are dropped. A column without NOT NULL so loses data without a word. Rows
# of `get()` have a property of their own beside the columns, `_metadata`, which is enumerable and goes wherever the row is
# spread or printed as JSON; rows of `all()` and `iterate()` have none.
#
# Most people expect: the errors of better-sqlite3, and the same row from get() and all().
#
# Source: https://github.com/tursodatabase/libsql-js (README: better-sqlite3 compatible API);
# https://github.com/WiseLibs/better-sqlite3/blob/master/docs/api.md#binding-parameters
#
# Needs Node.js and npm. Exit code: 0 as described, 1 when it has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm install --prefix . --no-audit --no-fund --ignore-scripts --loglevel=error libsql@0.5.29 >&2

cat > run.cjs <<'END'
const Database = require("libsql");
const database = new Database(":memory:");
database.exec("CREATE TABLE clusters (name TEXT, nodes INTEGER)");
const stored = (title, sql, ...values) => {
  let result;
  try {
    database.prepare(sql).run(...values);
    result = JSON.stringify(database.prepare("SELECT name, nodes FROM clusters").all());
  } catch (error) {
    result = "refused";
    console.error(error.message);
  }
  console.log(`${title}: ${result}`);
  database.exec("DELETE FROM clusters");
};
const positions = "INSERT INTO clusters VALUES (?, ?)";
const names = "INSERT INTO clusters VALUES (@name, @nodes)";
stored("a value too few", positions, "acme");
stored("a value too many", positions, "acme", 3, "spare");
stored("a name too few", names, { name: "acme" });
stored("another name", names, { name: "acme", node: 3 });
const count = database.prepare("SELECT count(*) AS count FROM clusters");
console.log(`columns of get(): ${Object.keys(count.get())}`);
console.log(`columns of all(): ${Object.keys(count.all()[0])}`);
END
node run.cjs > output
cat > expected <<'END'
a value too few: [{"name":"acme","nodes":null}]
a value too many: [{"name":"acme","nodes":3}]
a name too few: [{"name":"acme","nodes":null}]
another name: [{"name":"acme","nodes":null}]
columns of get(): count,_metadata
columns of all(): count
END
cat output
diff expected output || { echo "changed: see the lines above"; exit 1; }
echo "libsql 0.5.29, as described: what is not given is NULL, and get() adds a column."
