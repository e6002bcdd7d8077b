#!/bin/sh
# @cyclonedx/cyclonedx-library 10.3.0: dependencies between components go by the object of a reference, not by its text.
#
# `component.dependencies` is a set of BomRef. One that is made anew with the text of a component's own reference is another
# one: the serialized bill lacks that dependency, and nothing says so. Components with equal references keep theirs once;
# the others get a random one in its place, so that the same bill is another text at each run. Dependencies on a component
# whose object is not in the bill are left out likewise. An algorithm of a hash that the specification does not name
# ("sha256" instead of "SHA-256") takes its hash with it.
#
# Most people expect: bom-ref is a text in the format, so equal texts are the same component, and what dangles is an error.
#
# Source: src/models/bomRef.ts and src/serialize/bomRefDiscriminator.ts of the release;
# https://cyclonedx.org/docs/1.6/json/#components_items_bom-ref
#
# Needs Node.js and npm. Exit code: 0 as described, 1 when it has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm install --prefix . --no-audit --no-fund --ignore-scripts --omit=optional --loglevel=error \
  @cyclonedx/cyclonedx-library@10.3.0 >&2

cat > run.cjs <<'END'
const { Enums, Models, Serialize, Spec } = require("@cyclonedx/cyclonedx-library");
const component = (name, bomRef) =>
  new Models.Component(Enums.ComponentType.Container, name, { version: "1.0.0", bomRef });
const text = (components) => {
  const bom = new Models.Bom();
  for (const one of components) bom.components.add(one);
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true });
};
const dependsOn = (to) => {
  const [chart, image] = [component("chart", "chart"), component("image", "image")];
  chart.dependencies.add(to(image));
  return JSON.stringify(JSON.parse(text([chart, image])).dependencies[0].dependsOn ?? []);
};
console.log(`by the component's reference: ${dependsOn((image) => image.bomRef)}`);
console.log(`by an equal reference: ${dependsOn(() => new Models.BomRef("image"))}`);
const twice = () => text([component("first", "image"), component("second", "image")]);
console.log(`equal references, the same text twice: ${twice() === twice()}`);
const hashed = component("image", "image");
hashed.hashes.set("sha256", "0".repeat(64));
console.log(`hashes by "sha256": ${JSON.stringify(JSON.parse(text([hashed])).components[0].hashes)}`);
END
node run.cjs > output
cat > expected <<'END'
by the component's reference: ["image"]
by an equal reference: []
equal references, the same text twice: false
hashes by "sha256": []
END
cat output
diff expected output || { echo "changed: see the lines above"; exit 1; }
echo "@cyclonedx/cyclonedx-library 10.3.0, as described: only the reference's own object leads to its component."
