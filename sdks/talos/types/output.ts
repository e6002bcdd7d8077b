/* eslint-disable @typescript-eslint/no-namespace -- generated packages group their types in namespaces, and so does this one */

/** Shared shapes. */
export namespace machine {
  /** How the Talos API of a cluster is reached: base64 of PEM, as the machines themselves write it. */
  export interface ClientConfiguration {
    /** Certificate of the authority that signs the machines' API certificates. */
    caCertificate: string;
    /** Certificate the client shows; its organization is the client's role (os:admin). Valid for one year. */
    clientCertificate: string;
    /** Private key of the client certificate. Secret. */
    clientKey: string;
  }

  /** As {@link ClientConfiguration}, never written to the state. */
  export type ConfigurationApplyClientConfigurationWo = ClientConfiguration;

  /** As {@link ClientConfiguration}, never written to the state. */
  export type BootstrapClientConfigurationWo = ClientConfiguration;

  /** A certificate with its key, both base64 of PEM. */
  export interface Certificate {
    cert: string;
    /** Secret. */
    key: string;
  }

  /** A private key, base64 of PEM. */
  export interface Key {
    /** Secret. */
    key: string;
  }

  /** Identity of a cluster. */
  export interface Cluster {
    /** Random identifier, base64. Machines with the same one find each other through discovery. */
    id: string;
    /** Key that encrypts discovery data. Secret. */
    secret: string;
  }

  /** Secrets of Kubernetes itself. */
  export interface KubernetesSecrets {
    /** Token with which kubelets join. Secret. */
    bootstrapToken: string;
    /** Key that encrypts Secrets in etcd. Secret. */
    secretboxEncryptionSecret: string;
    /** Older key of the same purpose; only with a contract of v1.2 or older. Secret. */
    aescbcEncryptionSecret?: string | undefined;
  }

  /** Secrets of trustd, through which workers get their API certificates. */
  export interface TrustdInfo {
    /** Secret. */
    token: string;
  }

  /** The authorities of a cluster. */
  export interface Certificates {
    etcd: Certificate;
    k8s: Certificate;
    k8sAggregator: Certificate;
    /** Key that signs service account tokens. */
    k8sServiceaccount: Key;
    /** Authority of the Talos API. */
    os: Certificate;
  }

  /** Everything secret of one cluster; whoever has it has the cluster. */
  export interface MachineSecrets {
    certs: Certificates;
    cluster: Cluster;
    secrets: KubernetesSecrets;
    trustdinfo: TrustdInfo;
  }

  /** What happens to the machine when its ConfigurationApply is deleted. Taken from the state: apply before destroy. */
  export interface ConfigurationApplyOnDestroy {
    /** Leave etcd before resetting. Cannot succeed on the last control plane. Default true. */
    graceful: boolean;
    /** Reboot (into maintenance) instead of halting. Default false. */
    reboot: boolean;
    /** Wipe STATE and EPHEMERAL; nothing else is done when this is false, which is the default. */
    reset: boolean;
  }

  /** Go durations, e.g. "20m". Provider 0.8.1 fails when one is left out; the provider's default is "10m" each. */
  export interface Timeout {
    create: string;
    update: string;
    delete: string;
  }

  /** Go duration, e.g. "30m"; the provider's default is "10m". */
  export interface BootstrapTimeouts {
    create: string;
  }

  /** Go duration, e.g. "1m"; the provider's default is "10m". */
  export interface GetDisksTimeouts {
    read: string;
  }

  /** As {@link ClientConfiguration}. */
  export type GetDisksClientConfiguration = ClientConfiguration;

  /** One block device of a machine. */
  export interface GetDisksDisk {
    /** Path of the device, e.g. /dev/nvme0n1. */
    devPath: string;
    /** Bytes. */
    size: number;
    /** E.g. "960 GB". */
    prettySize: string;
    /** Optimal size of one transfer, in bytes. */
    ioSize: number;
    /** Bytes. */
    sectorSize: number;
    readonly: boolean;
    cdrom: boolean;
    rotational: boolean;
    model: string;
    serial: string;
    modalias: string;
    wwid: string;
    uuid: string;
    busPath: string;
    subSystem: string;
    /** E.g. nvme, sata, virtio. */
    transport: string;
    /** Devices below this one, e.g. of a RAID. */
    secondaryDisks: string[];
    /** Stable names, e.g. /dev/disk/by-id/…. */
    symlinks: string[];
  }
}

export namespace client {
  export type GetConfigurationClientConfiguration = machine.ClientConfiguration;
}

export namespace cluster {
  export type KubeconfigClientConfiguration = machine.ClientConfiguration;
  export type GetHealthClientConfiguration = machine.ClientConfiguration;
  export type GetKubeconfigClientConfiguration = machine.ClientConfiguration;

  /** How the Kubernetes API is reached; certificates and key are base64 of PEM. */
  export interface KubeconfigKubernetesClientConfiguration {
    /** https URL. */
    host: string;
    caCertificate: string;
    clientCertificate: string;
    /** Secret. */
    clientKey: string;
  }

  export type GetKubeconfigKubernetesClientConfiguration = KubeconfigKubernetesClientConfiguration;

  /** Go durations, e.g. "20m". Provider 0.8.1 fails when one is left out; the provider's default is "10m" each. */
  export interface KubeconfigTimeouts {
    create: string;
    update: string;
  }

  /** Go duration, e.g. "1m"; the provider's default is "10m". */
  export interface GetHealthTimeouts {
    read: string;
  }

  /** Go duration, e.g. "1m"; the provider's default is "10m". */
  export interface GetKubeconfigTimeouts {
    read: string;
  }
}

export namespace imageFactory {
  export interface GetExtensionsVersionsFilters {
    /** Kept are extensions whose name contains one of these. */
    names?: string[] | undefined;
  }

  export interface GetExtensionsVersionsExactFilters {
    /** Kept are extensions whose name is one of these. */
    names?: string[] | undefined;
  }

  /** A system extension as the factory offers it for one version of Talos. */
  export interface GetExtensionsVersionsExtensionsInfo {
    /** E.g. siderolabs/drbd. */
    name: string;
    /** Image with tag. */
    ref: string;
    digest: string;
    author: string;
    description: string;
  }

  export interface GetOverlaysVersionsFilters {
    /** Kept are overlays whose name contains this. */
    name?: string | undefined;
  }

  /** What single-board computers need on top of Talos. */
  export interface GetOverlaysVersionsOverlaysInfo {
    name: string;
    image: string;
    ref: string;
    digest: string;
  }

  export interface GetVersionsFilters {
    /** Leave out alpha, beta and release candidates. */
    stableVersionsOnly?: boolean | undefined;
  }

  /** Addresses of everything the factory builds of one schematic. */
  export interface GetUrlsUrls {
    /** Image for machine.install.image. */
    installer: string;
    installerSecureboot: string;
    iso: string;
    isoSecureboot: string;
    diskImage: string;
    diskImageSecureboot: string;
    /** iPXE script. */
    pxe: string;
    kernel: string;
    kernelCommandLine: string;
    initramfs: string;
    /** Unified kernel image. */
    uki: string;
  }
}
