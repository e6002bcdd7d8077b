/** Immutable: its webhook refuses updates, so its name must follow its content (provider 0.6.12, talosconfigtemplate_webhook.go). */
export interface TalosConfigTemplateSpec {
  readonly template: {
    readonly spec: {
      /** The provider writes the configuration, with the cluster's endpoint, networks and secrets. */
      readonly generateType: "worker";
      /** Minor whose configuration is written. */
      readonly talosVersion: string;
      /** Cluster API finds the node of a machine by its name. */
      readonly hostname: { readonly source: "MachineName" };
      /** YAML documents, merged into the configuration in their order. */
      readonly strategicPatches: string[];
    };
  };
}
