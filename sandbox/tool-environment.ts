import * as fs from "node:fs";
import * as path from "node:path";

/** Every sandbox that was started has one of these beside its bin/ and its Pulumi home. */
const MARK = "daemon.json";

/**
 * The environment in which tools are looked for: without what sandboxes have put into it. After
 * `eval "$(npm run sandbox -- env)"` the first entry of PATH and the Pulumi home are those of a sandbox. What is in them
 * comes from the real places; taken for a source, a link would lead to itself, and a plugin be removed before it is
 * copied.
 *
 * @param directory of the sandbox that is started, which may have no mark yet. Other sandboxes are left out as well.
 */
export function toolEnvironment(env: NodeJS.ProcessEnv, directory: string): NodeJS.ProcessEnv {
  const ofSandbox = (folder: string) => {
    const parent = path.dirname(path.resolve(folder));
    return real(parent) === real(directory) || fs.existsSync(path.join(parent, MARK));
  };
  const { PATH = "", PULUMI_HOME: home, ...rest } = env;
  const folders = PATH.split(path.delimiter).filter((folder) => !path.isAbsolute(folder) || !ofSandbox(folder));
  return {
    ...rest,
    PATH: folders.join(path.delimiter),
    ...(home === undefined || home === "" || ofSandbox(home) ? {} : { PULUMI_HOME: home }),
  };
}

function real(folder: string): string {
  return fs.existsSync(folder) ? fs.realpathSync(folder) : path.resolve(folder);
}
