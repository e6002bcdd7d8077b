import type { Resources, TopologySpread } from "../../kinds/pods";

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

/** What its controller reports, as far as this project reads it. */
export interface KamajiControlPlaneStatus {
  readonly ready?: boolean;
  /** API servers that there are; none of one that sleeps, whose kubeconfig stays. */
  readonly replicas?: number;
}
