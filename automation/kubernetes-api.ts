export { kubernetesApi, type KubernetesApi } from "../components/kubernetes/api-client";
