package talos

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"github.com/siderolabs/talos/pkg/machinery/role"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"firmament.example/sandbox/fakes/internal/pki"
)

// A control plane with kubernetesTalosAPIAccess serves a kind of its own, and gives pods what such an object asks for: a
// Secret of the same name with credentials for the Talos API (Talos 1.13.0, controllers/kubeaccess).
const (
	accountValidity = 6 * time.Hour
	accountRenewal  = time.Hour
	accountEndpoint = constants.KubernetesTalosAPIServiceName + "." + constants.KubernetesTalosAPIServiceNamespace
)

var (
	accountVersion  = schema.GroupVersion{Group: constants.ServiceAccountResourceGroup, Version: constants.ServiceAccountResourceVersion}
	accountResource = accountVersion.WithResource(constants.ServiceAccountResourcePlural)
	accountKind     = accountVersion.WithKind(constants.ServiceAccountResourceKind)
)

// accountManifests are what Talos adds to a cluster for it. The service has no endpoints in the sandbox: those of
// machines are on loopback, which an API server refuses there.
const accountManifests = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: serviceaccounts.talos.dev}
spec:
  group: talos.dev
  scope: Namespaced
  names: {kind: ServiceAccount, listKind: ServiceAccountList, plural: serviceaccounts, singular: serviceaccount, shortNames: [tsa]}
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, properties: {roles: {type: array, items: {type: string}}}}
            status: {type: object, properties: {failureReason: {type: string}}}
---
apiVersion: v1
kind: Service
metadata: {name: talos, namespace: default, labels: {provider: talos.dev, component: apid}}
spec:
  ports: [{name: apid, port: 50000, targetPort: 50000, protocol: TCP}]
`

// accounts gives pods credentials for the Talos API as one control plane is configured to.
type accounts struct {
	control config.Provider
	kube    kubernetes.Interface
	dynamic dynamic.Interface
}

// giveAccess does what the control plane does that holds the lock for it: the first that is configured to.
func (r *runner) giveAccess(ctx context.Context, members []*Machine) error {
	i := slices.IndexFunc(members, func(m *Machine) bool {
		s := m.snapshot()
		return s.up() && s.config.Machine().Features().KubernetesTalosAPIAccess().Enabled()
	})
	if i < 0 {
		return nil
	}
	access := r.cp.RESTConfig()
	if !r.accounts {
		if err := applyManifests(ctx, access, []manifest{{"talos-api-access", accountManifests}}); err != nil {
			return err
		}
		r.accounts = true
	}
	kube, err := kubernetes.NewForConfig(access)
	if err != nil {
		return err
	}
	client, err := dynamic.NewForConfig(access)
	if err != nil {
		return err
	}
	return accounts{members[i].snapshot().config, kube, client}.sync(ctx, time.Now())
}

// sync looks at every account.
func (a accounts) sync(ctx context.Context, now time.Time) error {
	found, err := a.dynamic.Resource(accountResource).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return nil // the kind is not served yet
	}
	if err != nil {
		return err
	}
	var errs []error
	for i := range found.Items {
		account := &found.Items[i]
		refusal, err := a.give(ctx, account, now)
		if err == nil {
			err = a.report(ctx, account, refusal)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("serviceaccount.talos.dev %s/%s: %w", account.GetNamespace(), account.GetName(), err))
		}
	}
	return errors.Join(errs...)
}

// give makes or renews the Secret of an account; the refusal says why there is none.
func (a accounts) give(ctx context.Context, account *unstructured.Unstructured, now time.Time) (refusal string, err error) {
	namespace, name := account.GetNamespace(), account.GetName()
	secret, err := a.kube.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	exists := err == nil
	if err != nil && !apierrors.IsNotFound(err) {
		return "", err
	}
	if exists && !metav1.IsControlledBy(secret, account) {
		return fmt.Sprintf("Secret already exists and is not managed by controller: %s/%s", namespace, name), nil
	}
	names, found, err := unstructured.NestedStringSlice(account.Object, "spec", "roles")
	if err != nil || !found {
		return "Roles not found", nil
	}
	allowed := a.control.Machine().Features().KubernetesTalosAPIAccess()
	if !slices.Contains(allowed.AllowedKubernetesNamespaces(), namespace) {
		return "Namespace is not allowed: " + namespace, nil
	}
	refused := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(allowed.AllowedRoles(), name) })
	if len(refused) > 0 {
		return fmt.Sprintf("Roles not allowed: %v", refused), nil
	}
	roles, _ := role.Parse(names)
	if exists && a.good(secret, roles, now) {
		return "", nil
	}
	talosconfig, err := a.credentials(roles, now)
	if err != nil {
		return "", err
	}
	data := map[string][]byte{constants.TalosconfigFilename: talosconfig}
	if exists {
		secret = secret.DeepCopy()
		secret.Data = data
		_, err = a.kube.CoreV1().Secrets(namespace).Update(ctx, secret, metav1.UpdateOptions{})
		return "", err
	}
	_, err = a.kube.CoreV1().Secrets(namespace).Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: name, OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(account, accountKind)}},
		Data:       data,
	}, metav1.CreateOptions{})
	return "", err
}

func (a accounts) credentials(roles role.Set, now time.Time) ([]byte, error) {
	ca := a.control.Machine().Security().IssuingCA()
	pair, err := secrets.NewAdminCertificateAndKey(now, ca, roles, accountValidity)
	if err != nil {
		return nil, err
	}
	return clientconfig.NewConfig("default", []string{accountEndpoint}, ca.Crt, pair).Bytes()
}

// good reports whether a Secret has what would be made now, and for some time yet.
func (a accounts) good(secret *corev1.Secret, roles role.Set, now time.Time) bool {
	parsed, err := clientconfig.FromBytes(secret.Data[constants.TalosconfigFilename])
	if err != nil {
		return false
	}
	context := parsed.Contexts[parsed.Context]
	if context == nil || !slices.Equal(context.Endpoints, []string{accountEndpoint}) {
		return false
	}
	ca, err := base64.StdEncoding.DecodeString(context.CA)
	if err != nil || !bytes.Equal(ca, a.control.Machine().Security().IssuingCA().Crt) {
		return false
	}
	encoded, err := base64.StdEncoding.DecodeString(context.Crt)
	if err != nil {
		return false
	}
	certificate, err := pki.ParseCert(encoded)
	if err != nil {
		return false
	}
	until := certificate.NotAfter
	have, want := slices.Sorted(slices.Values(certificate.Subject.Organization)), slices.Sorted(slices.Values(roles.Strings()))
	return until.After(now.Add(accountRenewal)) && !until.After(now.Add(accountValidity)) && slices.Equal(have, want)
}

// report writes the refusal into the account's status, where Talos writes it.
func (a accounts) report(ctx context.Context, account *unstructured.Unstructured, refusal string) error {
	before, _, _ := unstructured.NestedString(account.Object, "status", "failureReason")
	if before == refusal {
		return nil
	}
	next := account.DeepCopy()
	if refusal == "" {
		unstructured.RemoveNestedField(next.Object, "status", "failureReason")
	} else if err := unstructured.SetNestedField(next.Object, refusal, "status", "failureReason"); err != nil {
		return err
	}
	_, err := a.dynamic.Resource(accountResource).Namespace(account.GetNamespace()).Update(ctx, next, metav1.UpdateOptions{})
	return err
}
