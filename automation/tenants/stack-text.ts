import { stringify } from "yaml";
import { NAMESPACE } from "../../components/core/layers";
import type { PoolSettings } from "./pool-option";

/** What the stack file of a new tenant says. */
export interface NewSettings {
  readonly tier: string;
  readonly kubernetesVersion: string;
  readonly network: Readonly<Record<string, unknown>>;
  readonly controlPlane: Readonly<Record<string, unknown>>;
  readonly quota: Readonly<Record<string, unknown>>;
  readonly nodePools: Readonly<Record<string, PoolSettings>>;
}

/** The `config` of a tenant's stack file, every choice written down. */
export function configOf(settings: NewSettings): Record<string, unknown> {
  const { tier, kubernetesVersion, network, controlPlane, quota, nodePools } = settings;
  return {
    [`${NAMESPACE}:layer`]: "tenant",
    [`${NAMESPACE}:tenant`]: {
      tier,
      kubernetesVersion,
      network,
      controlPlane,
      quota,
      nodePools,
    },
    // nothing is deployed by accident with the kubeconfig of the person who runs this
    "pulumi:disable-default-providers": ["*"],
  };
}

/** The text of a tenant's stack file. */
export function stackText(config: Readonly<Record<string, unknown>>, inventory: string): string {
  return [
    "# yaml-language-server: $schema=schemas/tenant.schema.json",
    `# Made by \`firmament tenant new\`. Its networks are those that ${inventory} gives it.`,
    stringify({ config }, { lineWidth: 0 }),
  ].join("\n");
}
