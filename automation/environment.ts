/** Settings of the user who runs this process: they must not decide what happens to a cloud that has its own. */
const USER_SETTINGS = ["PULUMI_", "KUBECONFIG", "NODE_OPTIONS"];

const isUserSetting = (name: string) => USER_SETTINGS.some((prefix) => name.startsWith(prefix));

/** `env` without the login, home, passphrase, kubeconfig and Node.js options of the user. */
export function withoutUserSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isUserSetting(name)));
}

/**
 * What has to be merged over `env` to get what `withoutUserSettings` gives. The Automation API always starts the CLI with
 * this process's environment below the variables of a workspace; Node.js leaves out a variable whose value is undefined.
 */
export function removingUserSettings(env: NodeJS.ProcessEnv): Record<string, undefined> {
  const names = Object.keys(env).filter(isUserSetting);
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
