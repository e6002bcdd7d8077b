import type { Problem } from "../core/problem";
import { VERSION } from "./document";
import type { BaseSettings } from "./settings";

/** Documents about the registries that machines pull from. Those with a password are secret. */
export function registryDocuments({ registries, registryPasswords }: BaseSettings): object[] {
  return [
    ...Object.entries(registries.mirrors).map(([name, { endpoints, overridePath, skipFallback }]) => ({
      ...VERSION,
      kind: "RegistryMirrorConfig",
      name,
      endpoints: endpoints.map((url) => ({ url, ...(overridePath ? { overridePath } : {}) })),
      ...(skipFallback ? { skipFallback } : {}),
    })),
    ...Object.entries(registries.tls).map(([name, { ca }]) => ({ ...VERSION, kind: "RegistryTLSConfig", name, ca })),
    ...Object.entries(registries.auth).map(([name, { username }]) => ({
      ...VERSION,
      kind: "RegistryAuthConfig",
      name,
      username,
      password: registryPasswords[name]?.reveal() ?? "",
    })),
  ];
}

/** Registries that machines would silently ask the wrong way. */
export function registryProblems(base: BaseSettings): Problem[] {
  return [...mirrorProblems(base), ...authProblems(base), ...passwordProblems(base)];
}

/** Talos appends /v2 to a URL that does not end in it, and every pull gets a 404. */
function mirrorProblems({ registries: { mirrors } }: BaseSettings): Problem[] {
  return Object.entries(mirrors).flatMap(([name, { endpoints, overridePath }]) =>
    endpoints.flatMap((given, index) => {
      if (overridePath || !/\/v2\/[^/]/.test(given)) return [];
      const rule = "has a path below /v2, to which Talos would append another /v2";
      const fix = `set base.registries.mirrors.${name}.overridePath to true`;
      return [{ where: `base.registries.mirrors.${name}.endpoints.${index}`, given, rule, fix }];
    }),
  );
}

/** Credentials are looked up by the host that is asked; images of docker.io come from another (siderolabs/talos#8639). */
function authProblems({ registries: { auth, tls } }: BaseSettings): Problem[] {
  return Object.entries({ auth, tls }).flatMap(([section, hosts]) => {
    if (!Object.hasOwn(hosts, "docker.io")) return [];
    const rule = "must be the host that is asked, and that of docker.io is registry-1.docker.io";
    const fix = "name registry-1.docker.io instead";
    return [{ where: `base.registries.${section}`, given: "docker.io", rule, fix }];
  });
}

function passwordProblems({ registries: { auth }, registryPasswords }: BaseSettings): Problem[] {
  const where = (host: string) => `registryPasswords.${host}`;
  // a host of the wrong name needs another name first
  const missing = Object.keys(auth).filter((host) => host !== "docker.io" && registryPasswords[host] === undefined);
  const unused = Object.keys(registryPasswords).filter((host) => !Object.hasOwn(auth, host));
  return [
    ...missing.map((host) => ({
      where: where(host),
      given: Object.hasOwn(registryPasswords, host) ? "no text" : "missing",
      rule: `is the password of base.registries.auth.${host}`,
      fix: `set it with \`pulumi config set --secret --path 'firmament:registryPasswords["${host}"]'\``,
    })),
    ...unused.map((host) => ({
      where: where(host),
      given: "a password",
      rule: "must be of a registry in base.registries.auth: nobody logs in with it",
      fix: `add base.registries.auth.${host}.username, or remove it`,
    })),
  ];
}
