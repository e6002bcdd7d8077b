import { component } from "../../component";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "rabbitmq-system";

/** RabbitMQ as objects: clusters of brokers. */
export const rabbitmqOperator = component({
  name: "rabbitmq-operator",
  description: "RabbitMQ clusters as objects, for tenants.",
  group: "data-services",
  enabledByDefault: false,
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "restricted",
      // the operator asks brokers by their management API before it takes one away
      traffic: { to: [{ label: "app.kubernetes.io/component", value: "rabbitmq", port: 15_672 }] },
    },
  },
  stages: [
    {
      chart: "rabbitmq-cluster-operator",
      namespace: NAMESPACE,
      needs: ["pod-network"],
      provides: ["databases/rabbitmq"],
      timeout: 600,
      images: { imageRegistry: "ghcr.io" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  images: ["ghcr.io/rabbitmq/cluster-operator", "docker.io/library/rabbitmq"],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});
