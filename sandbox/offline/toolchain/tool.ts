/** One tool, declared: what is wanted, how an installed one is recognised, where a release is, how it is built. */
export interface Tool<Name extends string = string> {
  /** The version that is downloaded or built. */
  readonly version: string;
  /** How one on PATH is recognised. Without it PATH is not looked at. */
  readonly installed?: Installed<Name>;
  /** Folder prefix in the user's Pulumi plugin folder, which is read and never written: `resource-kubernetes`. */
  readonly plugin?: string;
  readonly release?: Release;
  readonly build?: Build;
}

export interface Installed<Name extends string = string> {
  /** Arguments that make it print its version. */
  readonly ask: readonly string[];
  /** Versions that will do, as a semver range. */
  readonly range: string;
  /** A tool that prints no version has that of this one, when both are in one folder. */
  readonly beside?: Name;
}

/**
 * Where upstream publishes it. In `file`, `checksums` and `executable` these are filled in: {version}, {os} and
 * {arch} in Go's words, {cpu} in those of Pulumi (x64 for amd64).
 */
export interface Release {
  /** Can be overridden; a mirror has the same files below its own base. */
  readonly base: string;
  /** A .tar.gz, or the executable itself. */
  readonly file: string;
  /**
   * Where its checksum is: a file below base, in the form of `sha256sum`, or the plain sum; or the address of a
   * GitHub release in the API, whose assets carry a digest. A mirror of the latter serves `<file>.sha256`.
   */
  readonly checksums: string;
  /** Path of the executable inside the archive. */
  readonly executable?: string;
  /** The tool whose archive it comes out of, and whose mirror counts. Default: itself. */
  readonly archive?: string;
  /** Where it differs from that of the tool. */
  readonly version?: string;
  /** `os/arch` pairs that upstream publishes. Default: Linux and macOS, amd64 and arm64. */
  readonly platforms?: readonly string[];
  readonly megabytes: number;
}

export interface Build {
  /** Folder of the Go module, relative to the checkout. */
  readonly module: string;
  /** Import path, or `.`, or a folder inside the module. */
  readonly package: string;
  readonly tags?: string;
  /** File inside the module that is read in place of its go.mod, with the go.sum beside it. */
  readonly modfile?: string;
  /** `-X name=value` pairs, without the -X. */
  readonly stamps?: Readonly<Record<string, string>>;
  /** Cold, on two cores. */
  readonly seconds: number;
  /** Size of the executable. */
  readonly megabytes: number;
}

export interface Platform {
  readonly os: string;
  readonly arch: string;
}

/** This machine in Go's words. */
export function hostPlatform(): Platform {
  const arch: Readonly<Partial<Record<string, string>>> = { x64: "amd64", ia32: "386" };
  return { os: process.platform, arch: arch[process.arch] ?? process.arch };
}
