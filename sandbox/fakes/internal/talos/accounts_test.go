package talos

import (
	"encoding/base64"
	"slices"
	"testing"
	"time"

	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"

	"firmament.example/sandbox/fakes/internal/pki"
)

const backupAccess = "machine: {features: {kubernetesTalosAPIAccess: {enabled: true, allowedRoles: ['os:etcd:backup'], allowedKubernetesNamespaces: [etcd-backup]}}}"

func account(namespace, name string, roles ...any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetGroupVersionKind(accountKind)
	object.SetNamespace(namespace)
	object.SetName(name)
	object.SetUID(types.UID(namespace + name))
	if roles != nil {
		object.Object["spec"] = map[string]any{"roles": roles}
	}
	return object
}

// control is the configuration of a control plane that gives access.
func (b *bench) control() config.Provider {
	b.t.Helper()
	provider, err := configloader.NewFromBytes(b.config("cp-1", machinetype.TypeControlPlane, backupAccess))
	if err != nil {
		b.t.Fatal(err)
	}
	return provider
}

func TestAccountsGetWhatTheConfigurationAllows(t *testing.T) {
	b := newBench(t, "cp-1")
	taken := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "etcd-backup", Name: "taken"}}
	kube := fake.NewClientset(taken)
	kinds := map[schema.GroupVersionResource]string{accountResource: "ServiceAccountList"}
	client := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds,
		account("etcd-backup", "good", "os:etcd:backup"),
		account("etcd-backup", "greedy", "os:etcd:backup", "os:admin"),
		account("etcd-backup", "silent"),
		account("etcd-backup", "taken", "os:etcd:backup"),
		account("default", "elsewhere", "os:etcd:backup"),
	)
	keeper := accounts{b.control(), kube, client}
	now := time.Now()
	if err := keeper.sync(t.Context(), now); err != nil {
		t.Fatal(err)
	}

	for at, want := range map[[2]string]string{
		{"etcd-backup", "good"}:   "",
		{"etcd-backup", "greedy"}: "Roles not allowed: [os:admin]",
		{"etcd-backup", "silent"}: "Roles not found",
		{"etcd-backup", "taken"}:  "Secret already exists and is not managed by controller: etcd-backup/taken",
		{"default", "elsewhere"}:  "Namespace is not allowed: default",
	} {
		found, err := client.Resource(accountResource).Namespace(at[0]).Get(t.Context(), at[1], metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if reason, _, _ := unstructured.NestedString(found.Object, "status", "failureReason"); reason != want {
			t.Errorf("%v: %q, not %q", at, reason, want)
		}
		if _, err := kube.CoreV1().Secrets(at[0]).Get(t.Context(), at[1], metav1.GetOptions{}); at[1] != "good" && at[1] != "taken" && !apierrors.IsNotFound(err) {
			t.Errorf("%v: has a Secret: %v", at, err)
		}
	}
	secret := func() *corev1.Secret {
		found, err := kube.CoreV1().Secrets("etcd-backup").Get(t.Context(), "good", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	first := secret()
	if owner := metav1.GetControllerOf(first); owner == nil || owner.Kind != "ServiceAccount" || owner.Name != "good" {
		t.Errorf("owner: %+v", owner)
	}
	parsed, err := clientconfig.FromBytes(first.Data["config"])
	if err != nil {
		t.Fatal(err)
	}
	given := parsed.Contexts[parsed.Context]
	encoded, err := base64.StdEncoding.DecodeString(given.Crt)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := pki.ParseCert(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(given.Endpoints, []string{"talos.default"}) || !slices.Equal(certificate.Subject.Organization, []string{"os:etcd:backup"}) {
		t.Errorf("talosconfig: %v, roles %v", given.Endpoints, certificate.Subject.Organization)
	}
	if left := certificate.NotAfter.Sub(now); left < 5*time.Hour || left > 6*time.Hour {
		t.Errorf("valid for %s", left)
	}

	// it is renewed in its last hour, and when somebody has changed it, and else kept
	for _, step := range []struct {
		what    string
		after   time.Duration
		damaged bool
		renewed bool
	}{{"later", 4 * time.Hour, false, false}, {"in the last hour", 5*time.Hour + time.Minute, false, true}, {"changed", 0, true, true}} {
		before := secret()
		if step.damaged {
			changed := before.DeepCopy()
			changed.Data["config"] = []byte("no talosconfig")
			if before, err = kube.CoreV1().Secrets("etcd-backup").Update(t.Context(), changed, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := keeper.sync(t.Context(), now.Add(step.after)); err != nil {
			t.Fatal(err)
		}
		if renewed := string(secret().Data["config"]) != string(before.Data["config"]); renewed != step.renewed {
			t.Errorf("%s: renewed %v", step.what, renewed)
		}
	}
}
