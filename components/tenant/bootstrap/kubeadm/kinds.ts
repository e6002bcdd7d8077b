/** How a machine joins. Mutable, but a change reaches new machines only: give it a new name to roll the old ones. */
export interface KubeadmConfigTemplateSpec {
  readonly template: {
    readonly spec: {
      readonly joinConfiguration: {
        readonly nodeRegistration: {
          /** Default: the name of the machine. */
          readonly name?: string;
          readonly criSocket: string;
          readonly kubeletExtraArgs: { readonly name: string; readonly value: string }[];
          readonly taints?: {
            readonly key: string;
            readonly value?: string;
            readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
          }[];
        };
      };
      readonly files?: {
        readonly path: string;
        readonly content: string;
        readonly permissions: string;
        readonly owner: string;
      }[];
      readonly preKubeadmCommands?: string[];
      readonly postKubeadmCommands?: string[];
      readonly users?: {
        readonly name: string;
        readonly sudo: string;
        readonly shell: string;
        readonly sshAuthorizedKeys: string[];
      }[];
    };
  };
}
