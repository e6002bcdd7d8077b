package fakes

const providers = `
apiVersion: v1
kind: Namespace
metadata: {name: capi-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: capi-kubeadm-bootstrap-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: kamaji-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: capk-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: metallb-system}
---
apiVersion: kubevirt.io/v1
kind: KubeVirt
metadata: {name: kubevirt, namespace: capk-system}
spec: {}
---
apiVersion: cdi.kubevirt.io/v1beta1
kind: CDI
metadata: {name: cdi}
spec: {}
---
apiVersion: operator.cluster.x-k8s.io/v1alpha2
kind: InfrastructureProvider
metadata: {name: kubevirt, namespace: capk-system}
spec: {version: v0.11.2}
---
apiVersion: operator.cluster.x-k8s.io/v1alpha2
kind: ControlPlaneProvider
metadata: {name: kamaji, namespace: kamaji-system}
spec: {version: v0.20.0}
---
apiVersion: operator.cluster.x-k8s.io/v1alpha2
kind: BootstrapProvider
metadata: {name: kubeadm, namespace: capi-kubeadm-bootstrap-system}
spec: {version: v1.13.5}
---
apiVersion: operator.cluster.x-k8s.io/v1alpha2
kind: CoreProvider
metadata: {name: cluster-api, namespace: capi-system}
spec: {version: v1.13.5}
---
apiVersion: kamaji.clastix.io/v1alpha1
kind: DataStore
metadata: {name: default}
spec:
  driver: etcd
  endpoints: ["etcd.kamaji-system.svc:2379"]
  tlsConfig:
    certificateAuthority:
      certificate: {secretReference: {name: etcd-certs, namespace: kamaji-system, keyPath: ca.crt}}
      privateKey: {secretReference: {name: etcd-certs, namespace: kamaji-system, keyPath: ca.key}}
    clientCertificate:
      certificate: {secretReference: {name: root-client-certs, namespace: kamaji-system, keyPath: tls.crt}}
      privateKey: {secretReference: {name: root-client-certs, namespace: kamaji-system, keyPath: tls.key}}
`

const tenantObjects = `
apiVersion: v1
kind: Namespace
metadata: {name: tenant-NAME}
---
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: NAME, namespace: tenant-NAME}
spec:
  clusterNetwork:
    pods: {cidrBlocks: [10.243.0.0/16]}
    services: {cidrBlocks: [10.95.0.0/16]}
    serviceDomain: cluster.local
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KamajiControlPlane, name: NAME}
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: KubevirtCluster, name: NAME}
---
apiVersion: controlplane.cluster.x-k8s.io/v1alpha2
kind: KamajiControlPlane
metadata: {name: NAME, namespace: tenant-NAME}
spec:
  version: v1.34.4
  replicas: 2
  dataStoreName: default
  addons: {coreDNS: {}, konnectivity: {server: {port: 8132}}}
  network: {serviceType: LoadBalancer}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1alpha1
kind: KubevirtCluster
metadata: {name: NAME, namespace: tenant-NAME, annotations: {cluster.x-k8s.io/managed-by: kamaji}}
spec: {}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1alpha1
kind: KubevirtMachineTemplate
metadata: {name: NAME-workers, namespace: tenant-NAME}
spec:
  template:
    spec:
      virtualMachineBootstrapCheck: {checkStrategy: none}
      virtualMachineTemplate:
        metadata: {namespace: tenant-NAME}
        spec:
          runStrategy: Once
          template:
            spec:
              domain:
                cpu: {cores: 2}
                memory: {guest: 4Gi}
                devices:
                  disks: [{name: root, disk: {bus: virtio}}]
                  interfaces: [{name: default, bridge: {}}]
              networks: [{name: default, pod: {}}]
              volumes: [{name: root, containerDisk: {image: "quay.io/capk/ubuntu-2404-container-disk:v1.34.1"}}]
---
apiVersion: bootstrap.cluster.x-k8s.io/v1beta2
kind: KubeadmConfigTemplate
metadata: {name: NAME-workers, namespace: tenant-NAME}
spec:
  template:
    spec:
      joinConfiguration:
        nodeRegistration:
          criSocket: unix:///var/run/containerd/containerd.sock
          kubeletExtraArgs: [{name: node-labels, value: "pool=workers"}]
---
apiVersion: cluster.x-k8s.io/v1beta2
kind: MachineDeployment
metadata: {name: NAME-workers, namespace: tenant-NAME}
spec:
  clusterName: NAME
  replicas: 2
  selector: {matchLabels: {}}
  remediation: {maxInFlight: 40%}
  template:
    spec:
      clusterName: NAME
      version: v1.34.4
      bootstrap: {configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfigTemplate, name: NAME-workers}}
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: KubevirtMachineTemplate, name: NAME-workers}
`

// healthCheck is that of the project's node pools, for the impatient.
const healthCheck = `
apiVersion: cluster.x-k8s.io/v1beta2
kind: MachineHealthCheck
metadata: {name: acme-workers, namespace: tenant-acme}
spec:
  clusterName: acme
  selector: {matchLabels: {cluster.x-k8s.io/deployment-name: acme-workers}}
  checks:
    nodeStartupTimeoutSeconds: 1200
    unhealthyNodeConditions: [{type: Ready, status: Unknown, timeoutSeconds: 2}]
  remediation: {triggerIf: {unhealthyLessThanOrEqualTo: 100%}}
`

const network = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: cilium}}
  template:
    metadata: {labels: {k8s-app: cilium}}
    spec:
      hostNetwork: true
      tolerations: [{operator: Exists}]
      containers: [{name: cilium-agent, image: quay.io/cilium/cilium}]
`

const issuers = `
apiVersion: v1
kind: Namespace
metadata: {name: cert-manager}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: leaf, namespace: capi-system}
spec: {secretName: leaf, dnsNames: [a.example.com], issuerRef: {name: cloud, kind: ClusterIssuer}}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: cloud}
spec: {ca: {secretName: root}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: root, namespace: cert-manager}
spec: {secretName: root, isCA: true, commonName: root, issuerRef: {name: selfsigned, kind: ClusterIssuer}}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: selfsigned}
spec: {selfSigned: {}}
---
apiVersion: piraeus.io/v1
kind: LinstorCluster
metadata: {name: linstorcluster}
spec: {}
`
