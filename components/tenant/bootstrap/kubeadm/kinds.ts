/** A flag of a program, without dashes. */
export interface Argument {
  readonly name: string;
  readonly value: string;
}

/** A file that is written before kubeadm runs. */
export interface MachineFile {
  readonly path: string;
  readonly content: string;
  readonly permissions: string;
  readonly owner: string;
}

/** Who may log in to a machine. */
export interface MachineUser {
  readonly name: string;
  readonly sudo: string;
  readonly shell: string;
  readonly sshAuthorizedKeys: string[];
}

/** How a machine joins. Mutable, but a change reaches new machines only: give it a new name to roll the old ones. */
export interface KubeadmConfigTemplateSpec {
  readonly template: {
    readonly spec: {
      readonly joinConfiguration: {
        readonly nodeRegistration: {
          /** Default: the name of the machine. */
          readonly name?: string;
          readonly criSocket: string;
          readonly kubeletExtraArgs: Argument[];
          readonly taints?: {
            readonly key: string;
            readonly value?: string;
            readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
          }[];
        };
      };
      readonly files?: MachineFile[];
      readonly preKubeadmCommands?: string[];
      readonly postKubeadmCommands?: string[];
      readonly users?: MachineUser[];
    };
  };
}
