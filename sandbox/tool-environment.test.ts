import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { sandboxEnvironment } from "./engine";
import { layout } from "./layout";
import { toolEnvironment } from "./tool-environment";

/**
 * `eval "$(npm run sandbox -- env)"` and then `npm start` in the same shell ended in `spawn ELOOP`: tools were found on
 * PATH in the sandbox's own bin/, and linked to themselves. Found with the sandbox of this project, twice (field fault
 * U3); the home of the Pulumi CLI, whose plugins are copied, had the same fault.
 */
describe("the environment in which tools are looked for", () => {
  let root: string;
  beforeEach(() => (root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-env-"))));
  afterEach(() => fs.rmSync(root, { recursive: true }));
  const sandbox = (name: string) => {
    const place = layout(root, path.join(root, name));
    fs.mkdirSync(place.bin, { recursive: true });
    return place;
  };
  const evaluated = (place: ReturnType<typeof sandbox>) => ({
    ...sandboxEnvironment(place),
    PATH: `${place.bin}:/usr/local/bin:/usr/bin`,
    HOME: "/home/me",
  });

  it("has neither bin nor Pulumi home of the sandbox that is started", () => {
    const place = sandbox("own");
    const env = toolEnvironment(evaluated(place), place.directory);
    assert.equal(env["PATH"], "/usr/local/bin:/usr/bin");
    assert.equal(env["PULUMI_HOME"], undefined);
    assert.equal(env["HOME"], "/home/me");
  });

  it("has none of them under another name of the same folder", () => {
    const place = sandbox("own");
    fs.symlinkSync(place.directory, path.join(root, "link"));
    const env = toolEnvironment({ PATH: `${root}/link/bin:/usr/bin` }, place.directory);
    assert.equal(env["PATH"], "/usr/bin");
  });

  it("has none of another sandbox that was started", () => {
    const [own, other] = [sandbox("own"), sandbox("other")];
    fs.writeFileSync(path.join(other.directory, "daemon.json"), "{}");
    const env = toolEnvironment(evaluated(other), own.directory);
    assert.equal(env["PATH"], "/usr/local/bin:/usr/bin");
    assert.equal(env["PULUMI_HOME"], undefined);
  });

  it("keeps what the user has set", () => {
    const env = { PATH: `${root}/bin:relative:/usr/bin`, PULUMI_HOME: `${root}/pulumi`, GOFLAGS: "-v" };
    assert.deepEqual(toolEnvironment(env, path.join(root, "own")), env);
  });
});
