import * as fs from "node:fs/promises";
import * as path from "node:path";
import { fieldsOf } from "../../components/core/fields";
import { control } from "./control-socket";
import { type Processes, until } from "./processes";

/** OVN's programs and schemas. */
export interface OvnPrograms {
  /** Folders that they are in: `ovn-trace`, `ovsdb-server` … */
  readonly folders: readonly string[];
  /** Folder of shared libraries, where they are not the system's own. */
  readonly libraries?: string;
  /** Folder with ovn-nb.ovsschema and ovn-sb.ovsschema. */
  readonly schemas: string;
}

/** OVN's databases and what translates one into the other, without any switch: nothing is forwarded, all is asked. */
export class Ovn {
  private tracers = 0;

  private constructor(
    private readonly processes: Processes,
    private readonly find: (program: string) => string,
    /** As programs of OVN are given a database. */
    readonly northbound: string,
    readonly southbound: string,
  ) {}

  /**
   * @param schema prints the schema of `nb` or `sb` with what the controller wants, given that of a file.
   * @param ports of the two databases.
   */
  static async start(
    processes: Processes,
    { folders, schemas }: OvnPrograms,
    schema: (database: "nb" | "sb", file: string) => Promise<string>,
    ports: { readonly nb: number; readonly sb: number },
  ): Promise<Ovn> {
    const { folder } = processes;
    const programs = new Map<string, string>();
    for (const directory of folders) {
      for (const name of await fs.readdir(directory))
        if (!programs.has(name)) programs.set(name, path.join(directory, name));
    }
    const find = (name: string) => programs.get(name) ?? name;
    for (const database of ["nb", "sb"] as const) {
      const file = path.join(folder, `${database}.ovsschema`);
      await fs.writeFile(file, await schema(database, path.join(schemas, `ovn-${database}.ovsschema`)));
      await processes.ask(find("ovsdb-tool"), ["create", path.join(folder, `${database}.db`), file]);
      processes.start(`ovsdb-${database}`, find("ovsdb-server"), [
        `--remote=ptcp:${ports[database]}:127.0.0.1`,
        `--remote=punix:${folder}/${database}.sock`,
        `--unixctl=${folder}/${database}.ctl`,
        path.join(folder, `${database}.db`),
      ]);
    }
    const [northbound, southbound] = [`unix:${folder}/nb.sock`, `unix:${folder}/sb.sock`];
    const ovn = new Ovn(processes, find, northbound, southbound);
    await until(
      "OVN's databases",
      30,
      () => ovn.nb("init").then(() => true),
      () => processes.alive(),
    );
    const northd = [`--ovnnb-db=${northbound}`, `--ovnsb-db=${southbound}`, `--unixctl=${folder}/northd.ctl`];
    processes.start("ovn-northd", find("ovn-northd"), northd);
    return ovn;
  }

  nb(...args: string[]): Promise<string> {
    return this.processes.ask(this.find("ovn-nbctl"), [`--db=${this.northbound}`, "--timeout=30", ...args]);
  }

  sb(...args: string[]): Promise<string> {
    return this.processes.ask(this.find("ovn-sbctl"), [`--db=${this.southbound}`, "--timeout=30", ...args]);
  }

  /** Rows of a table, columns by name; sets are lists, maps are objects, ids are text. */
  async rows(database: "nb" | "sb", table: string, columns: readonly string[]): Promise<Record<string, unknown>[]> {
    const args = ["--format=json", `--columns=${columns.join(",")}`, "list", table];
    const text = await (database === "nb" ? this.nb(...args) : this.sb(...args));
    return readTable(text);
  }

  /**
   * Starts the tracer on what the databases have now. Later changes reach it as well, but nobody can see when.
   *
   * Every connection is a new one to it: what is established has been let through before. It takes what it is told of
   * connections one after the other, over all traces (23.03), and everything after that for established.
   *
   * @param packets that will be asked for, at most.
   */
  async tracer(packets: number): Promise<Tracer> {
    const { folder } = this.processes;
    this.tracers += 1;
    const socket = `${folder}/trace-${this.tracers}.ctl`;
    const pidFile = `${folder}/trace-${this.tracers}.pid`;
    const states = Array.from({ length: packets * CONNECTIONS }, () => "--ct=new");
    const daemon = ["--detach", `--pidfile=${pidFile}`, `--unixctl=${socket}`];
    await this.processes.ask(this.find("ovn-trace"), [`--db=${this.southbound}`, ...states, ...daemon]);
    this.processes.adopt(Number(await fs.readFile(pidFile, "utf8")));
    return {
      trace: (logicalSwitch, packet) => control(socket, "trace", [logicalSwitch, packet]),
      end: async () => void (await control(socket, "exit", [])),
    };
  }
}

export interface Tracer {
  /** The detailed trace of a packet that enters a switch. */
  readonly trace: (logicalSwitch: string, packet: string) => Promise<string>;
  readonly end: () => Promise<void>;
}

/** How often a packet passes connection tracking at most: where it leaves, where it comes in, and on a router between. */
const CONNECTIONS = 8;

/** A table as OVSDB's clients print it in JSON. */
export function readTable(text: string): Record<string, unknown>[] {
  const { headings, data } = fieldsOf(JSON.parse(text));
  if (!Array.isArray(headings) || !Array.isArray(data)) throw new Error("OVN's databases answered no table");
  return data.map((row: unknown) =>
    Object.fromEntries(
      (Array.isArray(row) ? row : []).map((cell: unknown, index) => [String(headings[index]), cellOf(cell)]),
    ),
  );
}

function cellOf(cell: unknown): unknown {
  if (!Array.isArray(cell)) return cell;
  const [type, content] = cell as unknown[];
  if (type === "uuid") return content;
  if (type === "set") return (Array.isArray(content) ? content : []).map(cellOf);
  if (type !== "map") return cell;
  return Object.fromEntries(
    (Array.isArray(content) ? content : []).map((pair: unknown) =>
      Array.isArray(pair) ? [String(pair[0]), pair[1]] : [],
    ),
  );
}
