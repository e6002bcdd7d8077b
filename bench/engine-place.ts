import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { getStack } from "@pulumi/pulumi";
import { Fleet, type FleetOptions } from "../automation/fleet/fleet";
import { resultsOf } from "../automation/fleet/outcome";
import { fieldsOf } from "../components/core/fields";
import { withoutUserSettings } from "../automation/environment";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { resolveTools, silentProgress } from "../sandbox/offline/toolchain";
import { platformContract, publish } from "../stacks/contracts";
import { readProject, readStackFile } from "../stacks/stack-files";
import { networkOf } from "./inputs";
import { PULUMI_PLUGINS } from "../versions/pulumi";

/** An engine on a project of its own, and everything of it in one folder: nothing of the user's is read or changed. */
export class EnginePlace {
  private constructor(
    readonly directory: string,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  /**
   * @param directory is made; whoever makes it removes it.
   * @param plugins whether programs can have resources of providers. Default: those of the engine alone.
   */
  static async make(directory: string, { plugins = false } = {}): Promise<EnginePlace> {
    const at = (name: string) => path.join(directory, name);
    for (const folder of ["", "bin", "project", "state", "tmp"]) fs.mkdirSync(at(folder), { mode: 0o700 });
    const packages = plugins ? (Object.keys(PULUMI_PLUGINS) as (keyof typeof PULUMI_PLUGINS)[]) : [];
    const names = ["pulumi", "pulumi-language-nodejs", ...packages.map((name) => `pulumi-resource-${name}` as const)];
    const tools = await resolveTools(names as Parameters<typeof resolveTools>[0], { progress: silentProgress });
    fs.writeFileSync(at("passphrase"), randomBytes(16).toString("hex"), { mode: 0o600 });
    for (const name of ["pulumi", "pulumi-language-nodejs"] as const)
      fs.symlinkSync(tools.get(name)?.path ?? "", path.join(at("bin"), name));
    const place = new EnginePlace(directory, {
      PATH: `${at("bin")}${path.delimiter}${process.env["PATH"] ?? ""}`,
      PULUMI_HOME: at("home"),
      PULUMI_BACKEND_URL: `file://${at("state")}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: at("passphrase"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    });
    const { name, runtime } = parse(fs.readFileSync(path.join(PACKAGE_ROOT, "Pulumi.yaml"), "utf8")) as Fields;
    const main = path.join(PACKAGE_ROOT, "dist", "stacks", "index.js");
    fs.writeFileSync(path.join(place.project, "Pulumi.yaml"), stringify({ name, runtime, main }));
    const { engine } = place.fleet();
    for (const each of packages) {
      const file = tools.get(`pulumi-resource-${each}`)?.path ?? "";
      await engine.installPlugin(each, PULUMI_PLUGINS[each], file);
    }
    return place;
  }

  get project(): string {
    return path.join(this.directory, "project");
  }

  /** Where operations keep temporary files while they work. */
  get temporary(): string {
    return path.join(this.directory, "tmp");
  }

  /** File of a stack's state. */
  state(stack: string): string {
    return path.join(this.directory, "state", ".pulumi", "stacks", "firmament", `${stack}.json`);
  }

  /** Environment of a plain `pulumi` that works on the same stacks. */
  get environment(): NodeJS.ProcessEnv {
    return { ...withoutUserSettings(process.env), ...this.env, FIRMAMENT_PROJECT: this.project };
  }

  fleet(options: Partial<FleetOptions> = {}): Fleet {
    return new Fleet({ ...this.options(), ...options });
  }

  /** What a fleet of this place is made with, here or in another process. */
  options(): FleetOptions {
    return {
      project: this.project,
      pulumiRoot: this.directory,
      env: this.env,
      secretsProvider: "passphrase",
      userSettings: false,
      temporary: this.temporary,
      policies: false,
      retries: { retries: 0 },
    };
  }

  /** Writes a stack file; without settings it is one for programs of this process. */
  writeStack(stack: string, settings: Fields = { "firmament:layer": stack.split(".")[0] }): void {
    fs.writeFileSync(path.join(this.project, `Pulumi.${stack}.yaml`), stringify({ config: settings }));
  }

  /**
   * Makes platforms that tenants can be previewed on. They have outputs alone: their API server is nowhere, as it is for a
   * preview in a pipeline that reaches no cluster.
   *
   * @param tokenOf of the kubeconfig of a platform.
   */
  async publishPlatforms(stacks: readonly string[], tokenOf: (stack: string) => string): Promise<void> {
    for (const stack of stacks) this.writeStack(stack);
    const program = () =>
      Promise.resolve(publish(platformContract, { ...PLATFORM, kubeconfig: kubeconfig(tokenOf(getStack())) }));
    resultsOf(await this.fleet().up({ stacks }, { program, concurrency: 4 }).result);
  }

  /**
   * Makes tenants like the sandbox's globex on a platform, each with networks of its own.
   *
   * @returns their stacks: tenant.<cloud>.t0, t1, …
   */
  async makeTenants(cloud: string, count: number): Promise<string[]> {
    const model = readStackFile(readProject(PACKAGE_ROOT), "tenant.sandbox.globex").config;
    const stacks = Array.from({ length: count }, (_, index) => {
      const stack = `tenant.${cloud}.t${index}`;
      const tenant = { ...fieldsOf(model["firmament:tenant"]), network: networkOf(index) };
      this.writeStack(stack, { ...model, "firmament:tenant": tenant });
      return stack;
    });
    await this.fleet().engine.create(stacks);
    return stacks;
  }
}

function kubeconfig(token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "admin",
    contexts: [{ name: "admin", context: { cluster: "nowhere", user: "admin" } }],
    clusters: [{ name: "nowhere", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "admin", user: { token } }],
  });
}

type Fields = Record<string, unknown>;

const PLATFORM = {
  cluster: "bench",
  networks: { pods: "10.244.0.0/16", services: "10.96.0.0/16" },
  fixed: undefined,
  versions: undefined,
  releases: undefined,
  dataStore: "default",
  dataStores: undefined,
  storageClass: "replicated",
  storageClasses: undefined,
  offers: undefined,
  mirror: { charts: "http://127.0.0.1:1" },
  capabilities: undefined,
  outerNetwork: undefined,
  podNetwork: { chart: "cilium", version: "0.0.1", repository: "http://127.0.0.1:1" },
};
