package fakes

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// rights are what a container may do, as the add-on gives it: SANDBOX_CSI is a file with them, by container, and with
// those of the driver in the management cluster as "infra".
type rights struct {
	Cluster    []rbacv1.PolicyRule            `json:"cluster"`
	Namespaces map[string][]rbacv1.PolicyRule `json:"namespaces"`
}

// TestVolumesOfATenant runs the real provisioner and resizer with the fakes of driver and attacher, each with the rights
// that the add-on gives it and no others. Tenant and management cluster are one here.
func TestVolumesOfATenant(t *testing.T) {
	file := os.Getenv("SANDBOX_CSI")
	if file == "" {
		t.Skip("SANDBOX_CSI is not set")
	}
	b := newBench(t)
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	data, err := os.ReadFile(file)
	must(t, err)
	var all map[string]rights
	must(t, json.Unmarshal(data, &all))

	b.install(ctx, "kubevirt-operator", "cdi-operator", "snapshot-controller")
	b.apply(ctx, volumesWorld)
	b.eventually(ctx, "KubeVirt serves", 60*time.Second, func() error { return b.cluster.Apply(ctx, b.parsed(virtualMachine)) })
	b.eventually(ctx, "the machine runs", 60*time.Second, b.field(ctx, "kubevirt.io/v1", "VirtualMachineInstance", "tenant-acme", "w", "Running", "status", "phase"))

	s := &sidecars{b: b, dir: t.TempDir()}
	t.Cleanup(s.stop)
	for name, each := range all {
		s.grant(ctx, name, each)
	}
	socket := filepath.Join(s.dir, "csi.sock")
	driver := s.start("kubevirt-csi-driver", "--endpoint=unix://"+socket, "--infra-cluster-namespace=tenant-acme",
		"--infra-cluster-labels=cluster.x-k8s.io/cluster-name=acme", "--tenant-cluster-kubeconfig="+s.kubeconfig("csi-driver"), "--run-node-service=false")
	common := func(name string) []string {
		return []string{"--csi-address=" + socket, "--kubeconfig=" + s.kubeconfig(name), "--v=2", "--timeout=3m"}
	}
	b.eventually(ctx, "the driver listens", 30*time.Second, func() error { _, err := os.Stat(socket); return err })
	s.start("csi-provisioner", append(common("csi-provisioner"), "--default-fstype=ext4")...)
	s.start("csi-attacher", common("csi-attacher")...)
	s.start("csi-resizer", append(common("csi-resizer"), "--handle-volume-inuse-error=false")...)

	b.apply(ctx, claimOfTenant)
	var claim corev1.PersistentVolumeClaim
	key := types.NamespacedName{Namespace: "shop", Name: "data"}
	b.eventually(ctx, "the claim is bound", 90*time.Second, func() error {
		must(t, b.cluster.Get(ctx, key, &claim))
		if claim.Status.Phase != corev1.ClaimBound {
			return fmt.Errorf("%s", claim.Status.Phase)
		}
		return nil
	})
	volume := claim.Spec.VolumeName
	b.eventually(ctx, "by a claim of the management cluster", 10*time.Second,
		b.field(ctx, "v1", "PersistentVolumeClaim", "tenant-acme", volume, "Bound", "status", "phase"))

	b.apply(ctx, podOfTenant)
	b.eventually(ctx, "the volume is attached", 90*time.Second, func() error { return s.attached(ctx, true) })
	b.eventually(ctx, "to the machine", 10*time.Second, func() error { return b.plugged(ctx, volume, true) })

	// the driver is killed; the real sidecars end with it, and all are started again
	driver.kill()
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}`))
	must(t, b.cluster.Patch(ctx, &claim, patch))
	b.eventually(ctx, "the volume grows", 120*time.Second,
		b.field(ctx, "v1", "PersistentVolume", "", volume, "2Gi", "spec", "capacity", "storage"))
	b.eventually(ctx, "and that behind it", 10*time.Second,
		b.field(ctx, "v1", "PersistentVolumeClaim", "tenant-acme", volume, "2147483648", "status", "capacity", "storage"))

	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "db"}}
	must(t, b.cluster.Delete(ctx, pod, client.GracePeriodSeconds(0)))
	b.eventually(ctx, "the volume is detached", 90*time.Second, func() error { return s.attached(ctx, false) })
	b.eventually(ctx, "from the machine", 10*time.Second, func() error { return b.plugged(ctx, volume, false) })
	must(t, b.cluster.Delete(ctx, &claim))
	b.eventually(ctx, "the volume is gone", 90*time.Second, b.gone(ctx, "v1", "PersistentVolume", "", volume))
	b.eventually(ctx, "and its DataVolume", 10*time.Second, b.gone(ctx, "cdi.kubevirt.io/v1beta1", "DataVolume", "tenant-acme", volume))
	b.eventually(ctx, "and its claim", 30*time.Second, b.gone(ctx, "v1", "PersistentVolumeClaim", "tenant-acme", volume))
	for _, each := range s.runs {
		if strings.Contains(each.text(), "forbidden") {
			t.Errorf("%s was refused something:\n%s", each.name, each.text())
		}
	}
}

// sidecars are programs of a controller, each with an account of its own.
type sidecars struct {
	b    *bench
	dir  string
	runs []*sidecar
}

// sidecar is a program that is started again when it ends, as a container is.
type sidecar struct {
	name string
	mu   sync.Mutex
	log  bytes.Buffer
	// process is the last one; once the test has ended, no other is started.
	process *os.Process
	ended   bool
}

func (c *sidecar) Write(data []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.Write(data)
}

func (c *sidecar) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.String()
}

func (c *sidecar) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil {
		_ = c.process.Kill()
	}
}

// run starts a program and returns when it has ended; false: it must not be started.
func (c *sidecar) run(command *exec.Cmd) bool {
	command.Stdout, command.Stderr = c, c
	c.mu.Lock()
	if c.ended || command.Start() != nil {
		c.mu.Unlock()
		return false
	}
	c.process = command.Process
	c.mu.Unlock()
	_ = command.Wait()
	return true
}

func (s *sidecars) kubeconfig(name string) string { return filepath.Join(s.dir, name+".kubeconfig") }

func (s *sidecars) start(name string, args ...string) *sidecar {
	c := &sidecar{name: name}
	s.runs = append(s.runs, c)
	again := func() bool {
		command := exec.Command(filepath.Join(os.Getenv("SANDBOX_TOOLS"), name), args...)
		command.Env = append(os.Environ(), "FIRMAMENT_IN_CLUSTER_KUBECONFIG="+s.kubeconfig("infra"))
		return c.run(command)
	}
	go func() {
		for again() {
			time.Sleep(500 * time.Millisecond)
		}
	}()
	return c
}

func (s *sidecars) stop() {
	for _, each := range s.runs {
		each.mu.Lock()
		each.ended = true
		each.mu.Unlock()
		each.kill()
		if s.b.t.Failed() {
			s.b.t.Logf("%s:\n%s", each.name, each.text())
		}
	}
}

// grant makes an account with rights, and a kubeconfig with a token of it.
func (s *sidecars) grant(ctx context.Context, name string, given rights) {
	s.b.t.Helper()
	const namespace = "tenant-acme"
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: namespace, Name: name}}
	objects := []client.Object{account}
	if len(given.Cluster) > 0 {
		objects = append(objects,
			&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: given.Cluster},
			&rbacv1.ClusterRoleBinding{
				ObjectMeta: metav1.ObjectMeta{Name: name}, Subjects: subjects,
				RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
			})
	}
	for in, rules := range given.Namespaces {
		meta := metav1.ObjectMeta{Namespace: in, Name: name}
		objects = append(objects,
			&rbacv1.Role{ObjectMeta: meta, Rules: rules},
			&rbacv1.RoleBinding{
				ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
			})
	}
	for _, object := range objects {
		must(s.b.t, s.b.cluster.Create(ctx, object))
	}
	request := &authenticationv1.TokenRequest{}
	must(s.b.t, s.b.cluster.SubResource("token").Create(ctx, account, request))
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{Server: s.b.cluster.REST.Host, CertificateAuthorityData: s.b.cluster.REST.CAData, CertificateAuthority: s.b.cluster.REST.CAFile}
	config.AuthInfos["u"] = &clientcmdapi.AuthInfo{Token: request.Status.Token}
	config.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	config.CurrentContext = "x"
	must(s.b.t, clientcmd.WriteToFile(*config, s.kubeconfig(name)))
}

func (s *sidecars) attached(ctx context.Context, want bool) error {
	var list storagev1.VolumeAttachmentList
	if err := s.b.cluster.List(ctx, &list); err != nil {
		return err
	}
	for _, each := range list.Items {
		if want && each.Status.Attached {
			return nil
		}
		if each.Status.AttachError != nil {
			return fmt.Errorf("%s", each.Status.AttachError.Message)
		}
	}
	if want || len(list.Items) > 0 {
		return fmt.Errorf("%d attachments", len(list.Items))
	}
	return nil
}

func (b *bench) parsed(text string) *unstructured.Unstructured {
	b.t.Helper()
	object := &unstructured.Unstructured{}
	must(b.t, json.Unmarshal([]byte(text), &object.Object))
	return object
}

// field waits for a text in an object.
func (b *bench) field(ctx context.Context, apiVersion, kind, namespace, name, want string, path ...string) func() error {
	return func() error {
		object, err := b.cluster.Find(ctx, schema.FromAPIVersionAndKind(apiVersion, kind), types.NamespacedName{Namespace: namespace, Name: name})
		if err != nil {
			return err
		}
		if object == nil {
			return fmt.Errorf("%s %s does not exist", kind, name)
		}
		if got := reconcile.String(object, path...); got != want {
			return fmt.Errorf("%s %s: %s is %q, want %q", kind, name, strings.Join(path, "."), got, want)
		}
		return nil
	}
}

// plugged reports whether the instance says that a volume is attached to it, or not.
func (b *bench) plugged(ctx context.Context, volume string, want bool) error {
	object, err := b.cluster.Find(ctx, schema.FromAPIVersionAndKind("kubevirt.io/v1", "VirtualMachineInstance"), types.NamespacedName{Namespace: "tenant-acme", Name: "w"})
	if err != nil {
		return err
	}
	list, _, _ := unstructured.NestedSlice(object.Object, "status", "volumeStatus")
	for _, each := range list {
		fields, _ := each.(map[string]any)
		if fields["name"] == volume {
			if want && fields["phase"] == "Ready" {
				return nil
			}
			return fmt.Errorf("%v", fields)
		}
	}
	if want {
		return fmt.Errorf("not attached: %v", list)
	}
	return nil
}

const volumesWorld = `
apiVersion: v1
kind: Namespace
metadata: {name: kubevirt}
---
apiVersion: v1
kind: Namespace
metadata: {name: tenant-acme}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: kubevirt.io/v1
kind: KubeVirt
metadata: {name: kubevirt, namespace: kubevirt}
spec: {configuration: {developerConfiguration: {featureGates: [HotplugVolumes]}}}
---
apiVersion: cdi.kubevirt.io/v1beta1
kind: CDI
metadata: {name: cdi}
spec: {}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: replicated}
provisioner: linstor.csi.linbit.com
allowVolumeExpansion: true
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: csi.kubevirt.io
parameters: {infraStorageClassName: replicated, bus: scsi}
allowVolumeExpansion: true
---
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: {name: csi.kubevirt.io}
spec: {attachRequired: true}
---
apiVersion: v1
kind: Node
metadata:
  name: node-1
  annotations: {volumes.kubernetes.io/controller-managed-attach-detach: "true", cluster.x-k8s.io/cluster-namespace: tenant-acme}
spec: {providerID: "kubevirt://w"}
---
apiVersion: storage.k8s.io/v1
kind: CSINode
metadata: {name: node-1}
spec: {drivers: [{name: csi.kubevirt.io, nodeID: tenant-acme/w}]}
`

const virtualMachine = `{
  "apiVersion": "kubevirt.io/v1", "kind": "VirtualMachine", "metadata": {"name": "w", "namespace": "tenant-acme"},
  "spec": {"runStrategy": "Always", "dataVolumeTemplates": [{"metadata": {"name": "w-root"}, "spec": {
    "source": {"registry": {"url": "docker://registry.example/node:v1.34.1"}},
    "storage": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}, "storageClassName": "replicated"}}}],
  "template": {"spec": {
    "domain": {"devices": {"disks": [{"name": "root", "disk": {"bus": "virtio"}}]}},
    "volumes": [{"name": "root", "dataVolume": {"name": "w-root"}}]}}}
}`

const claimOfTenant = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}
`

const podOfTenant = `
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
spec:
  nodeName: node-1
  automountServiceAccountToken: false
  containers: [{name: db, image: "registry.example/db:1", volumeMounts: [{name: data, mountPath: /data}]}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`
