import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import type { RenderChoice } from "../check/releases";
import type { Policies } from "../engine-options";
import type { Member } from "./selection";

/** The rules that stacks are held against while they are previewed and deployed. */
export interface PolicyChoice {
  /** Folder or executable, as `pulumi --policy-pack` takes it. Default: the project's own pack. */
  readonly pack?: string;
  /** Directory of Pulumi.yaml with the configuration of the rules. Default: that of the fleet. */
  readonly project?: string;
  /**
   * How the charts of releases are rendered, so that what they install is judged too: the engine cannot look into them,
   * and the rules refuse releases that were not. Default: with the helm on PATH, from the charts' own places.
   */
  readonly render?: RenderChoice;
  /** What `renderedReleases` gave for a cloud, where the caller has rendered its charts already. Default: they are rendered. */
  readonly renders?: (cloud: string) => Promise<object>;
}

/** Policies of the stacks of one operation. Charts are rendered once for each cloud, before its platform at the latest. */
export class OperationPolicies {
  private readonly rendered = new Map<string, Promise<object>>();

  /**
   * @param project directory of Pulumi.yaml.
   * @param temporary folder of the operation, for the configuration.
   * @param members all stacks of the operation.
   */
  constructor(
    private readonly choice: PolicyChoice,
    private readonly project: string,
    private readonly temporary: string,
    private readonly members: readonly Member[],
  ) {
    // begun at once: it runs beside the first layer, which has no charts
    for (const { stack } of members) {
      if (stack.layer !== "base") void this.renders(stack.cloud).catch(() => undefined);
    }
  }

  /** @throws InvalidInput when what the charts install is refused, or the configuration cannot be read. */
  async of({ name, stack }: Member): Promise<Policies> {
    const renders = stack.layer === "base" ? {} : await this.renders(stack.cloud);
    const config = path.join(this.temporary, `${name}.policies.json`);
    const { policyConfig } = await policyConfigModule();
    fs.writeFileSync(config, policyConfig(this.root(), stack.cloud, renders), { mode: 0o600 });
    return { pack: this.choice.pack ?? path.join(PACKAGE_ROOT, "policies"), config };
  }

  private renders(cloud: string): Promise<object> {
    const known = this.rendered.get(cloud);
    if (known !== undefined) return known;
    const only = this.members.filter(({ stack }) => stack.cloud === cloud).map(({ name }) => name);
    const rendering =
      this.choice.renders?.(cloud) ??
      policyConfigModule().then(({ renderedReleases }) =>
        renderedReleases(this.root(), cloud, this.choice.render ?? {}, only),
      );
    this.rendered.set(cloud, rendering);
    return rendering;
  }

  private root(): string {
    return this.choice.project ?? this.project;
  }
}

/** Runs programs of stacks, and loads the Pulumi SDK for that. */
function policyConfigModule() {
  return import("../policy-config.js");
}
