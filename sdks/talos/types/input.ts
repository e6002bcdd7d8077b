/* eslint-disable @typescript-eslint/no-namespace -- generated packages group their types in namespaces, and so does this one */
import type * as pulumi from "@pulumi/pulumi";
import type * as outputs from "./output";

/** The same shape with every value possibly still to come. */
export type InputsOf<T> = T extends readonly (infer E)[]
  ? pulumi.Input<InputsOf<E>>[]
  : T extends object
    ? { [K in keyof T]: pulumi.Input<InputsOf<T[K]>> }
    : T;

export namespace machine {
  export type ClientConfiguration = InputsOf<outputs.machine.ClientConfiguration>;
  export type ConfigurationApplyClientConfigurationWo = ClientConfiguration;
  export type BootstrapClientConfigurationWo = ClientConfiguration;
  /** Every key has its default when left out; a value that is not known in a preview makes provider 0.8.1 crash. */
  export type ConfigurationApplyOnDestroy = {
    [K in keyof outputs.machine.ConfigurationApplyOnDestroy]?: pulumi.Input<boolean | undefined> | undefined;
  };
  export type Timeout = InputsOf<outputs.machine.Timeout>;
  export type BootstrapTimeouts = InputsOf<outputs.machine.BootstrapTimeouts>;
  export type Certificate = outputs.machine.Certificate;
  export type CertificateArgs = InputsOf<Certificate>;
  export type Certificates = outputs.machine.Certificates;
  export type CertificatesArgs = InputsOf<Certificates>;
  export type Cluster = outputs.machine.Cluster;
  export type ClusterArgs = InputsOf<Cluster>;
  export type Key = outputs.machine.Key;
  export type KeyArgs = InputsOf<Key>;
  export type KubernetesSecrets = outputs.machine.KubernetesSecrets;
  export type KubernetesSecretsArgs = InputsOf<KubernetesSecrets>;
  export type MachineSecrets = outputs.machine.MachineSecrets;
  export type MachineSecretsArgs = InputsOf<MachineSecrets>;
  export type TrustdInfo = outputs.machine.TrustdInfo;
  export type TrustdInfoArgs = InputsOf<TrustdInfo>;
  export type GetDisksClientConfiguration = outputs.machine.ClientConfiguration;
  export type GetDisksClientConfigurationArgs = ClientConfiguration;
  export type GetDisksTimeouts = outputs.machine.GetDisksTimeouts;
  export type GetDisksTimeoutsArgs = InputsOf<GetDisksTimeouts>;
}

export namespace client {
  export type GetConfigurationClientConfiguration = outputs.machine.ClientConfiguration;
  export type GetConfigurationClientConfigurationArgs = machine.ClientConfiguration;
}

export namespace cluster {
  export type KubeconfigClientConfiguration = machine.ClientConfiguration;
  export type KubeconfigKubernetesClientConfiguration =
    InputsOf<outputs.cluster.KubeconfigKubernetesClientConfiguration>;
  export type KubeconfigTimeouts = InputsOf<outputs.cluster.KubeconfigTimeouts>;
  export type GetHealthClientConfiguration = outputs.machine.ClientConfiguration;
  export type GetHealthClientConfigurationArgs = machine.ClientConfiguration;
  export type GetHealthTimeouts = outputs.cluster.GetHealthTimeouts;
  export type GetHealthTimeoutsArgs = InputsOf<GetHealthTimeouts>;
  export type GetKubeconfigClientConfiguration = outputs.machine.ClientConfiguration;
  export type GetKubeconfigClientConfigurationArgs = machine.ClientConfiguration;
  export type GetKubeconfigTimeouts = outputs.cluster.GetKubeconfigTimeouts;
  export type GetKubeconfigTimeoutsArgs = InputsOf<GetKubeconfigTimeouts>;
}

export namespace imageFactory {
  export type GetExtensionsVersionsFilters = outputs.imageFactory.GetExtensionsVersionsFilters;
  export type GetExtensionsVersionsFiltersArgs = InputsOf<GetExtensionsVersionsFilters>;
  export type GetExtensionsVersionsExactFilters = outputs.imageFactory.GetExtensionsVersionsExactFilters;
  export type GetExtensionsVersionsExactFiltersArgs = InputsOf<GetExtensionsVersionsExactFilters>;
  export type GetOverlaysVersionsFilters = outputs.imageFactory.GetOverlaysVersionsFilters;
  export type GetOverlaysVersionsFiltersArgs = InputsOf<GetOverlaysVersionsFilters>;
  export type GetVersionsFilters = outputs.imageFactory.GetVersionsFilters;
  export type GetVersionsFiltersArgs = InputsOf<GetVersionsFilters>;
}
