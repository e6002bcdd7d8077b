import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../../kubernetes/manifest";

/** Compute resources of a container, in Kubernetes quantities. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu: string; readonly memory: string };
}

interface Component {
  readonly resources: Resources;
  /** `--name=value` each. Kamaji puts its own flags over those of API server and scheduler, beneath the others'. */
  readonly extraArgs?: string[];
}

/** The kind has no webhooks: what its schema lets through shows as a reconcile error only. */
export interface KamajiControlPlaneSpec {
  readonly version: string;
  readonly replicas: number;
  readonly dataStoreName: string;
  /** Replaces the default list of Kamaji. */
  readonly admissionControllers: string[];
  /** Where images come from instead of registry.k8s.io. */
  readonly registry?: string;
  readonly kubelet: {
    readonly cgroupfs: "systemd";
    /** Hostname is no use: names of virtual machines do not resolve outside their cluster. */
    readonly preferredAddressTypes: ("InternalIP" | "ExternalIP")[];
  };
  readonly network: {
    readonly serviceType: "ClusterIP" | "NodePort" | "LoadBalancer";
    /** Without port: a port is an error at reconcile. */
    readonly certSANs: string[];
    readonly loadBalancerConfig?: { readonly loadBalancerClass?: string; readonly loadBalancerSourceRanges?: string[] };
    readonly serviceAnnotations?: Record<string, string>;
    /** The name with the port at which it is reached. Not together with gateway. */
    readonly ingress?: {
      readonly className: string;
      readonly hostname: string;
      readonly extraAnnotations?: Record<string, string>;
    };
    readonly gateway?: { readonly hostname: string; readonly name: string; readonly namespace: string };
  };
  /** Switched on by being there. */
  readonly addons: {
    readonly coreDNS: { readonly imageRepository?: string };
    readonly kubeProxy?: { readonly imageRepository?: string };
    readonly konnectivity: {
      readonly server: {
        readonly port: number;
        readonly version: string;
        readonly image?: string;
        readonly resources: Resources;
      };
      readonly agent: { readonly version: string; readonly image?: string; readonly mode: "DaemonSet" };
    };
  };
  readonly apiServer: Component & {
    readonly extraVolumeMounts?: { readonly name: string; readonly mountPath: string; readonly readOnly: true }[];
  };
  readonly controllerManager: Component;
  readonly scheduler: Component;
  readonly deployment: {
    readonly extraVolumes?: { readonly name: string; readonly configMap: { readonly name: string } }[];
    readonly podAdditionalMetadata: { readonly labels: Record<string, string> };
    readonly topologySpreadConstraints: TopologySpread[];
  };
}

export interface TopologySpread {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: "ScheduleAnyway" | "DoNotSchedule";
  readonly labelSelector: { readonly matchLabels: Record<string, string> };
}

/** What its controller reports, as far as this project reads it. */
export interface KamajiControlPlaneStatus {
  readonly ready?: boolean;
  /** API servers that there are; none of one that sleeps, whose kubeconfig stays. */
  readonly replicas?: number;
  readonly version?: string;
}

/** A Kubernetes control plane that runs as pods of the management cluster (Cluster API provider of Kamaji). */
export class KamajiControlPlane extends k8s.apiextensions.CustomResource {
  /** As it was at the end of the deployment. Undefined, or unknown in a preview, while there is none. */
  declare readonly status: pulumi.Output<KamajiControlPlaneStatus | undefined>;

  constructor(name: string, args: Manifest<KamajiControlPlaneSpec>, opts?: pulumi.CustomResourceOptions) {
    const type = { apiVersion: "controlplane.cluster.x-k8s.io/v1alpha2", kind: "KamajiControlPlane" };
    // naming the status, without a value, is what makes the SDK keep it among the outputs
    super(name, { ...type, ...args, status: undefined }, opts);
  }
}
