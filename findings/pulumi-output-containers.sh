#!/bin/sh
# @pulumi/pulumi 3.270.0: what is in a Map, a Set or a Date never reaches the provider.
#
# Inputs of resources are walked through as plain objects. A Map, a Set and a Date have no properties of their own, so that
# each arrives as an empty object; a Buffer arrives as an object with a number per byte. Nothing is refused and no warning
# is printed: a resource is created, with empty labels or an empty list. pulumi.output() and pulumi.all() do the same to
# values that a program only passes on. Type definitions do not stop it where an input is of type any or a generic record,
# as specs of custom resources are.
#
# Most people expect: entries and elements, as structured clone and other infrastructure SDKs take them, or an error.
#
# Source: sdk/nodejs/output.ts and sdk/nodejs/runtime/rpc.ts (serializeProperty) of the release: what is no array, asset,
# resource or output is taken property by property.
#
# Needs Node.js and npm. Exit code: 0 as described, 1 when it has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm install --prefix . --no-audit --no-fund --ignore-scripts --loglevel=error @pulumi/pulumi@3.270.0 >&2

cat > run.cjs <<'END'
const pulumi = require("@pulumi/pulumi");
const inputs = {
  map: new Map([["team", "storage"]]),
  set: new Set(["10.0.0.0/24"]),
  date: new Date("2026-01-01T00:00:00Z"),
  object: { team: "storage" },
};
(async () => {
  const registered = new Promise((resolve) =>
    pulumi.runtime.setMocks({
      newResource: ({ name, inputs: state }) => {
        resolve(state);
        return { id: `${name}-id`, state };
      },
      call: ({ inputs: args }) => args,
    }),
  );
  new pulumi.CustomResource("example:index:Thing", "thing", inputs);
  const arrived = await registered;
  for (const name of Object.keys(inputs)) console.log(`input ${name}: ${JSON.stringify(arrived[name])}`);
  const passed = await new Promise((resolve) => pulumi.output({ map: inputs.map }).apply(resolve));
  console.log(`output map: ${JSON.stringify(passed.map)}, a Map: ${passed.map instanceof Map}`);
})();
END
node run.cjs > output
cat > expected <<'END'
input map: {}
input set: {}
input date: {}
input object: {"team":"storage"}
output map: {}, a Map: false
END
cat output
diff expected output || { echo "changed: see the lines above"; exit 1; }
echo "@pulumi/pulumi 3.270.0, as described: containers other than arrays and objects arrive empty."
