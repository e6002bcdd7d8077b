import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Certificate, ClusterIssuer } from "./components/cert-manager/kinds";
import { IPAddressPool, L2Advertisement } from "./components/metallb/kinds";
import { objectResource } from "../kubernetes/object-resource";
import { waitForCondition } from "../kubernetes/wait";
import type { Installer } from "./installer";
import { CNI_CONFIG_MAP, cniChain } from "./components/cilium/values";

/** Name of the issuer that signs what the cloud's own services show each other. */
export const CLOUD_ISSUER = "firmament-ca";

/** Name of the issuer that signs nothing but the roots of other issuers. */
export const ROOT_ISSUER = "selfsigned";

const POOL = "services";

export interface NetworkingArgs {
  readonly installer: Installer;
}

/** Pod networks and policies, second interfaces, addresses of Services, and certificates. */
export class Networking extends pulumi.ComponentResource {
  constructor(
    name: string,
    private readonly args: NetworkingArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("firmament:platform:Networking", name, {}, opts);
    const { installer } = args;

    installer.chart("cilium", this, [this.cniConfiguration()]);
    installer.chart("kube-ovn-v2", this);
    installer.chart("multus", this);
    installer.chart("cert-manager", this);
    installer.step("issuers", (dependsOn) => this.issuers(dependsOn));
    installer.chart("metallb", this);
    installer.step("address-pools", (dependsOn) => this.addressPools(dependsOn));
    this.registerOutputs();
  }

  private cniConfiguration(): pulumi.Resource {
    const namespace = this.args.installer.namespace("cilium", this);
    return new k8s.core.v1.ConfigMap(
      CNI_CONFIG_MAP,
      {
        metadata: { name: CNI_CONFIG_MAP, namespace: namespace.metadata.name },
        data: { "cni-config": JSON.stringify(cniChain(), null, 2) },
      },
      { parent: this },
    );
  }

  /** Self-signed root → the cloud's authority. Two, because a certificate that signs itself proves nothing to others. */
  private issuers(dependsOn: pulumi.Resource[]): pulumi.Resource[] {
    const annotations = waitForCondition("Ready");
    const root = new ClusterIssuer(
      ROOT_ISSUER,
      { metadata: { name: ROOT_ISSUER, annotations }, spec: { selfSigned: {} } },
      { parent: this, dependsOn },
    );
    const certificate = new Certificate(
      `${CLOUD_ISSUER}-certificate`,
      {
        // a ClusterIssuer reads its Secret in cert-manager's namespace
        metadata: { name: CLOUD_ISSUER, namespace: "cert-manager", annotations },
        spec: {
          isCA: true,
          commonName: `${this.args.installer.plan.facts.management.cluster} cloud CA`,
          secretName: CLOUD_ISSUER,
          duration: "87600h",
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
          issuerRef: { name: ROOT_ISSUER, kind: "ClusterIssuer", group: "cert-manager.io" },
        },
      },
      { parent: this, dependsOn: [root] },
    );
    const cloud = new ClusterIssuer(
      CLOUD_ISSUER,
      { metadata: { name: CLOUD_ISSUER, annotations }, spec: { ca: { secretName: CLOUD_ISSUER } } },
      { parent: this, dependsOn: [certificate] },
    );
    return [root, cloud];
  }

  private addressPools(dependsOn: pulumi.Resource[]): pulumi.Resource[] {
    const { plan } = this.args.installer;
    const { loadBalancerCidrs } = plan.facts.spec.networking;
    const metadata = { name: POOL, namespace: plan.releases.metallb.namespace };
    const pool = objectResource(
      POOL,
      IPAddressPool({ metadata, spec: { addresses: loadBalancerCidrs.map(String), avoidBuggyIPs: true } }),
      { parent: this, dependsOn },
    );
    const advertisement = objectResource(
      `${POOL}-advertisement`,
      L2Advertisement({ metadata, spec: { ipAddressPools: [POOL] } }),
      { parent: this, dependsOn: [pool] },
    );
    return [pool, advertisement];
  }
}
