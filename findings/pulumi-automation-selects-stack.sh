#!/bin/sh
# @pulumi/pulumi 3.270.0, Automation API: opening a stack changes the stack that the user has selected.
#
# LocalWorkspace.selectStack, createStack and with them Stack.select run `pulumi stack select`, which writes the selection
# of the project into the Pulumi home. A user who works in the same folder with the same home has another stack selected
# afterwards, and two programs that open different stacks at the same time write the same file. Later operations name
# their stack anyway (`--stack`), so that the selection is of no use to them.
#
# Most people expect: a handle on a stack, which changes nothing outside the program.
#
# Source: https://github.com/pulumi/pulumi/issues/8186. The CLI here is a script that writes down how it is called, so
# that no engine is needed.
#
# Needs Node.js and npm. Exit code: 0 as described, 1 when it has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm install --prefix . --no-audit --no-fund --ignore-scripts --loglevel=error @pulumi/pulumi@3.270.0 >&2

mkdir -p cli/bin project
cat > cli/bin/pulumi <<'END'
#!/bin/sh
[ "$1" = version ] && { echo v3.259.0; exit; }
echo "pulumi $*" >> "$CALLS"
case $* in *"stack output"*) echo '{}' ;; esac
END
chmod +x cli/bin/pulumi
printf 'name: project\nruntime: nodejs\n' > project/Pulumi.yaml

cat > run.cjs <<'END'
const { LocalWorkspace, PulumiCommand, Stack } = require("@pulumi/pulumi/automation");
const path = require("path");
(async () => {
  const pulumiCommand = await PulumiCommand.get({ root: path.resolve("cli") });
  const workspace = await LocalWorkspace.create({ workDir: path.resolve("project"), pulumiCommand });
  const stack = await Stack.select("one", workspace);
  await stack.outputs();
})();
END
CALLS="$directory/calls" node run.cjs
sed 's/ --non-interactive//' calls > output
cat output
grep -q '^pulumi stack select --stack one' output || { echo "changed: no stack is selected any more"; exit 1; }
grep -q '^pulumi stack output .*--stack one' output || { echo "changed: later calls do not name their stack"; exit 1; }
echo "@pulumi/pulumi 3.270.0, as described: opening a stack selects it, and later calls name it all the same."
