/** An address of a repository or file, taken apart. */
export interface Address {
  /** https, oci, http … in lower case. */
  readonly scheme: string;
  /** Host with port, in lower case; the default port of the scheme is left out. */
  readonly host: string;
  readonly hostname: string;
  /** Without the slash at the end; `..` and `.` resolved. */
  readonly path: string;
  /** Whether the address holds a user name or a password. */
  readonly credential: boolean;
}

/** Parses an address with a scheme; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 4096 || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, host, hostname, pathname, username, password } = new URL(text);
  return {
    scheme: protocol.slice(0, -1).toLowerCase(),
    host: host.toLowerCase(),
    hostname: hostname.toLowerCase(),
    path: decoded(pathname).replace(/\/+$/, ""),
    credential: username !== "" || password !== "",
  };
}

/** Escapes that hide a slash or a dot must not hide them from a comparison of paths. */
function decoded(path: string): string {
  return path.replace(/%2e/gi, ".").replace(/%2f/gi, "/");
}

/**
 * Whether an address is below one of the prefixes, each with or without a scheme. A prefix ends at a slash: neither
 * `https://charts.example.evil.example` nor `https://charts.example@evil.example` is below `https://charts.example`.
 */
export function isUrlAllowed(text: string, prefixes: readonly string[]): boolean {
  const address = parseAddress(text);
  if (address === undefined || address.path.split("/").includes("..")) return false;
  return prefixes.some((prefix) => {
    const bare = prefix.replace(/\*$/, "");
    const wanted = parseAddress(bare) ?? parseAddress(`${address.scheme}://${bare}`);
    if (wanted === undefined || (/^[a-z][a-z0-9+.-]*:\/\//i.test(bare) && wanted.scheme !== address.scheme))
      return false;
    return wanted.host === address.host && (address.path === wanted.path || address.path.startsWith(`${wanted.path}/`));
  });
}
