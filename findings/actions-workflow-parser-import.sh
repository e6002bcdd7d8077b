#!/bin/sh
# @actions/workflow-parser 0.3.61: GitHub's own parser of workflows cannot be imported by Node.js.
#
# The package is an ES module ("type": "module") for Node.js 20 and newer by its own "engines". One of its files imports the
# schema of workflows, a JSON file, without `with { type: "json" }`. Bundlers, which the editors' extension is built with,
# take that; Node.js 20 refuses it (and so do newer lines by their documentation), so that `import "@actions/workflow-parser"` ends before a
# single workflow is read. A loader hook that adds the attribute makes the package work.
#
# Most people expect: a published ES module whose "engines" name Node.js can be imported by it.
#
# Source: dist/workflows/workflow-schema.js of the package; https://nodejs.org/api/esm.html#import-attributes
#
# Needs Node.js 20.10 or newer and npm. Exit code: 0 as described, 1 when it has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm install --prefix . --no-audit --no-fund --ignore-scripts --loglevel=error @actions/workflow-parser@0.3.61 >&2

cat > attribute.mjs <<'END'
// adds the attribute that the package's own import lacks
export async function resolve(specifier, context, next) {
  if (!specifier.endsWith(".json")) return next(specifier, context);
  return next(specifier, { ...context, importAttributes: { type: "json" } });
}
export async function load(url, context, next) {
  if (!url.endsWith(".json")) return next(url, context);
  return next(url, { ...context, importAttributes: { type: "json" } });
}
END
cat > run.mjs <<'END'
import { register } from "node:module";
const tried = async (title) => {
  try {
    const { parseWorkflow } = await import("@actions/workflow-parser");
    console.log(`${title}: ${typeof parseWorkflow}`);
  } catch (error) {
    console.log(`${title}: refused for want of a type: ${/^ERR_IMPORT_(ASSERTION_TYPE|ATTRIBUTE)_MISSING$/.test(error.code)}`);
    console.error(error.code);
  }
};
if (process.argv[2] === "hook") register("./attribute.mjs", import.meta.url);
await tried(process.argv[2] === "hook" ? "with a hook" : "as published");
END
{ node run.mjs; node run.mjs hook; } > output
cat > expected <<'END'
as published: refused for want of a type: true
with a hook: function
END
cat output
diff expected output || { echo "changed: see the lines above"; exit 1; }
echo "@actions/workflow-parser 0.3.61 with Node.js $(node --version), as described: it cannot be imported without help."
