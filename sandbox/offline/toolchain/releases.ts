import * as fs from "node:fs";
import * as path from "node:path";
import * as tar from "tar";
import { InvalidInput } from "../../../components/core/problem";
import { cachedArtifact, findArtifact, type ArtifactKey } from "./cache";
import { checksumOf } from "./checksum";
import { Hosts, Unavailable } from "./hosts";
import { hostPlatform, type Platform, type Tool } from "./tool";
import type { ToolchainOptions } from "./types";

const PLATFORMS = ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"];

/** Everything about one release, with the placeholders filled in. */
interface Located {
  readonly key: ArtifactKey;
  readonly url: string;
  readonly checksums: string;
  readonly file: string;
  readonly executable: string;
}

export type Download = { readonly path: string; readonly version: string };

/** Official releases of tools, and which of their hosts can be reached in this run. */
export class Releases {
  private readonly hosts: Hosts;
  /** By URL: several tools can come out of one archive. */
  private readonly running = new Map<string, Promise<string>>();
  private readonly env: NodeJS.ProcessEnv;

  constructor(
    private readonly options: ToolchainOptions,
    private readonly platform: Platform = hostPlatform(),
  ) {
    this.env = options.env ?? process.env;
    this.hosts = new Hosts(options);
  }

  /** One that was downloaded earlier. */
  async cached(name: string, tool: Tool): Promise<Download | undefined> {
    const located = this.locate(name, tool);
    if (located === undefined) return undefined;
    const directory = await findArtifact(located.key, this.options);
    if (directory === undefined) return undefined;
    return { path: path.join(directory, located.executable), version: located.key.version };
  }

  /** Whether there is one for this machine, on hosts that answer. */
  async offers(name: string, tool: Tool): Promise<boolean> {
    const located = this.locate(name, tool);
    if (located === undefined || !this.enabled()) return false;
    const hosts = [located.checksums, located.url].map((url) => this.hosts.answers(url));
    return (await Promise.all(hosts)).every(Boolean);
  }

  /**
   * @returns undefined when it cannot be had, which has been said.
   * @throws InvalidInput when what was downloaded is not what was published.
   */
  async download(name: string, tool: Tool): Promise<Download | undefined> {
    const located = this.locate(name, tool);
    if (located === undefined || !(await this.offers(name, tool))) return undefined;
    try {
      const directory = await (this.running.get(located.url) ?? this.fetchArtifact(located));
      return { path: path.join(directory, located.executable), version: located.key.version };
    } catch (error) {
      this.options.signal?.throwIfAborted();
      if (!(error instanceof Unavailable)) throw error;
      this.options.progress.say(`${name} ${located.key.version}: no release from ${error.message}`);
      return undefined;
    }
  }

  private fetchArtifact(located: Located): Promise<string> {
    const made = cachedArtifact(located.key, this.options, async (into, task) => {
      const { url, checksums, file } = located;
      const expected = checksumOf(await this.hosts.text(checksums), file);
      if (expected === undefined) throw new Unavailable(`${checksums}: it lists no SHA-256 of ${file}`);
      const archive = path.join(task.scratch, file);
      verify(url, await this.hosts.save(url, archive, task), expected);
      await install(archive, into, located);
    });
    this.running.set(located.url, made);
    return made;
  }

  private enabled(): boolean {
    return this.options.releases?.enabled ?? this.env["FIRMAMENT_RELEASES"] !== "off";
  }

  private locate(name: string, tool: Tool): Located | undefined {
    const { release } = tool;
    const { os, arch } = this.platform;
    if (release === undefined || !(release.platforms ?? PLATFORMS).includes(`${os}/${arch}`)) return undefined;
    const version = release.version ?? tool.version;
    const words: Readonly<Record<string, string>> = { version, os, arch, cpu: arch === "amd64" ? "x64" : arch };
    const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (all, word: string) => words[word] ?? all);
    const mirror = this.mirror(name) ?? this.mirror(release.archive ?? name);
    const base = (mirror ?? release.base).replace(/\/+$/, "");
    const url = `${base}/${fill(release.file)}`;
    const file = path.posix.basename(url);
    const checksums = fill(release.checksums);
    return {
      key: {
        name: release.archive ?? name,
        version,
        inputs: ["release", fill(release.file), os, arch],
        label: `download ${release.archive ?? name} ${version}`,
        seconds: release.megabytes / 5,
      },
      url,
      checksums: !checksums.startsWith("https://") ? `${base}/${checksums}` : mirror ? `${url}.sha256` : checksums,
      file,
      executable: file.endsWith(".tar.gz") ? fill(release.executable ?? name) : name,
    };
  }

  private mirror(name: string): string | undefined {
    const variable = `FIRMAMENT_RELEASES_${name.toUpperCase().replace(/-/g, "_")}`;
    const url = this.options.releases?.baseUrls?.[name] || this.env[variable] || undefined;
    if (url === undefined || /^https?:\/\//.test(url)) return url;
    const fix = "give the http(s) address that has the files of the release below it";
    throw new InvalidInput("a mirror", [{ where: variable, given: url, rule: "must be an address", fix }]);
  }
}

function verify(where: string, actual: string, expected: string): void {
  if (actual === expected) return;
  const rule = `the published checksum is ${expected}`;
  const fix =
    "nothing was installed; try again, and if it persists do not trust that host: set FIRMAMENT_RELEASES=off to build instead";
  throw new InvalidInput("a downloaded tool", [{ where, given: `SHA-256 ${actual}`, rule, fix }]);
}

async function install(archive: string, into: string, { file, executable, url }: Located): Promise<void> {
  const target = path.join(into, executable);
  if (file.endsWith(".tar.gz")) await tar.extract({ file: archive, cwd: into });
  else await fs.promises.rename(archive, target);
  if (!fs.existsSync(target)) throw new Unavailable(`${url}: it has no ${executable}`);
  await fs.promises.chmod(target, 0o755);
}
