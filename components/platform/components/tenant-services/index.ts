import { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from "../../../kubernetes/admission-policy";
import { component } from "../../component";
import { tenantServices } from "./policy";

const NAME = "tenant-services";

/** Label of the namespaces that belong to tenants. */
const TENANT_LABEL = "firmament.example/tenant";

/**
 * Keeps tenants from what Services of the management cluster could ask for. The cloud controller of a tenant copies each
 * Service of type LoadBalancer to the tenant's namespace there, with annotations and addresses as the tenant wrote them.
 */
export const tenantServicesPolicy = component({
  name: NAME,
  description:
    "Refuses load balancers of tenants that ask for an address, a pool or anything else that is the platform's to give.",
  group: "networking",
  namespaces: {},
  stages: [
    {
      stage: NAME,
      objects: () => [
        { resource: NAME, object: ValidatingAdmissionPolicy({ metadata: { name: NAME }, spec: tenantServices() }) },
        {
          resource: `${NAME}-binding`,
          object: ValidatingAdmissionPolicyBinding({
            metadata: { name: NAME },
            spec: {
              policyName: NAME,
              validationActions: ["Deny"],
              matchResources: { namespaceSelector: { matchExpressions: [{ key: TENANT_LABEL, operator: "Exists" }] } },
            },
          }),
          after: [NAME],
        },
      ],
    },
  ],
});
