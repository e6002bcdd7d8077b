#!/bin/sh
# yaml 2.9.1 and js-yaml 5.5.0: a file mode that is written with a leading zero is a decimal number.
#
# `defaultMode: 0644` is 644 to both, for they read YAML 1.2, where octal numbers begin with 0o. Kubernetes reads
# YAML 1.1, where 0644 is octal: 420. An object that a Node.js program has read from a manifest and sends as JSON so gets
# mode 01204. yaml reads it as Kubernetes does when it is told `version: "1.1"`, and then 0o644 is a text.
#
# Most people expect: the same number from every parser, since every manifest on the internet writes 0644.
#
# Source: YAML 1.1, "Integer Language-Independent Type" (https://yaml.org/type/int.html), and YAML 1.2.2, section 10.3.2
# (https://yaml.org/spec/1.2.2/#1032-tag-resolution). Kubernetes' API reference on `defaultMode`
# of volumes allows octal numbers in YAML and decimal ones in JSON.
#
# Needs Node.js and npm. Exit code: 0 as described, 1 when it has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm install --prefix . --no-audit --no-fund --ignore-scripts --loglevel=error yaml@2.9.1 js-yaml@5.5.0 >&2

cat > run.cjs <<'END'
const { parse } = require("yaml");
const { load } = require("js-yaml");
const text = "leading zero: 0644\nwith 0o: 0o644\n";
const show = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
show("yaml 2.9.1", parse(text));
show("js-yaml 5.5.0", load(text));
show("yaml 2.9.1, version 1.1", parse(text, { version: "1.1" }));
END
node run.cjs > output

cat > expected <<'END'
yaml 2.9.1: {"leading zero":644,"with 0o":420}
js-yaml 5.5.0: {"leading zero":644,"with 0o":420}
yaml 2.9.1, version 1.1: {"leading zero":420,"with 0o":"0o644"}
END
cat output
diff expected output || { echo "changed: see the lines above"; exit 1; }
echo "As described: a mode with a leading zero is a decimal number to both."
