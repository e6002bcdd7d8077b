package main

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	cloudprovider "k8s.io/cloud-provider"
)

const namespace = "tenant-acme"

func machine(name string, fields map[string]any) runtime.Object {
	object := &unstructured.Unstructured{Object: fields}
	object.SetGroupVersionKind(schema.GroupVersionKind{Group: "kubevirt.io", Version: "v1", Kind: "VirtualMachineInstance"})
	object.SetNamespace(namespace)
	object.SetName(name)
	return object
}

func newTestCloud(config cloudConfig, core []runtime.Object, machines ...runtime.Object) *cloud {
	kinds := map[schema.GroupVersionResource]string{machineResource: "VirtualMachineInstanceList"}
	return &cloud{
		config: config, namespace: namespace, core: fake.NewClientset(core...),
		machines: dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, machines...),
	}
}

func node(name string, change func(*corev1.Node)) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if change != nil {
		change(n)
	}
	return n
}

func TestTheConfigurationIsThatOfTheRealOneReadStrictly(t *testing.T) {
	config, err := readConfig(strings.NewReader("namespace: a\nloadBalancer: {creationPollTimeout: 60}\ninstancesV2: {zoneAndRegionEnabled: false}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := cloudConfig{
		Namespace:    "a",
		LoadBalancer: loadBalancerConfig{Enabled: true, CreationPollInterval: 5, CreationPollTimeout: 60},
		InstancesV2:  instancesConfig{Enabled: true},
	}
	if !reflect.DeepEqual(config, want) {
		t.Errorf("%+v", config)
	}
	for _, text := range []string{"nameSpace: a", "loadBalancer: {selectorLess: true}", "loadBalancer: {enableEPSController: true}"} {
		if _, err := readConfig(strings.NewReader(text)); err == nil {
			t.Errorf("%s: no fault", text)
		}
	}
	if _, err := readConfig(nil); err == nil {
		t.Error("no file: no fault")
	}
}

func TestANodeHasWhatItsMachineHas(t *testing.T) {
	host := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "host", Labels: map[string]string{
		corev1.LabelTopologyRegion: "berlin", corev1.LabelTopologyZone: "rack-1",
	}}}
	machines := []runtime.Object{
		machine("w", map[string]any{"status": map[string]any{"nodeName": "host", "interfaces": []any{
			map[string]any{"name": "data", "ipAddresses": []any{"192.0.2.1"}},
			map[string]any{"name": "default", "ipAddresses": []any{"10.244.0.7", "2001:db8::7"}},
		}}}),
		machine("silent", map[string]any{"status": map[string]any{"nodeName": "host"}, "spec": map[string]any{"hostname": "guest"}}),
	}
	i := &instances{newTestCloud(cloudConfig{InstancesV2: instancesConfig{ZoneAndRegionEnabled: true}}, []runtime.Object{host}, machines...)}
	found, err := i.InstanceMetadata(t.Context(), node("w", nil))
	if err != nil {
		t.Fatal(err)
	}
	want := &cloudprovider.InstanceMetadata{
		ProviderID: "kubevirt://w", Region: "berlin", Zone: "rack-1",
		NodeAddresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "10.244.0.7"}, {Type: corev1.NodeInternalIP, Address: "2001:db8::7"}},
	}
	if !reflect.DeepEqual(found, want) {
		t.Errorf("%+v", found)
	}
	had := corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: "10.244.0.9"}
	for name, n := range map[string]*corev1.Node{
		"by its hostname": node("guest", nil),
		"by its label":    node("any", func(n *corev1.Node) { n.Labels = map[string]string{instanceLabel: "silent"} }),
	} {
		n.Status.Addresses = []corev1.NodeAddress{had, {Type: corev1.NodeHostName, Address: "guest"}}
		found, err := i.InstanceMetadata(t.Context(), n)
		if err != nil || found.ProviderID != "kubevirt://silent" || !reflect.DeepEqual(found.NodeAddresses, []corev1.NodeAddress{had}) {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	if _, err := i.InstanceMetadata(t.Context(), node("other", nil)); !errors.Is(err, cloudprovider.InstanceNotFound) {
		t.Errorf("without a machine: %v", err)
	}
}

func TestAMachineIsThereOrOff(t *testing.T) {
	phase := func(name string) runtime.Object {
		return machine(strings.ToLower(name), map[string]any{"status": map[string]any{"phase": name}})
	}
	i := &instances{newTestCloud(cloudConfig{}, nil, phase("Running"), phase("Failed"), phase("Succeeded"), phase("Unknown"))}
	for name, want := range map[string]struct{ exists, off, fault bool }{
		"running": {exists: true}, "failed": {exists: true, off: true}, "succeeded": {exists: true, off: true},
		"unknown": {exists: true, off: true, fault: true}, "gone": {off: true},
	} {
		n := node(name, func(n *corev1.Node) { n.Spec.ProviderID = "kubevirt://" + name })
		if exists, err := i.InstanceExists(t.Context(), n); exists != want.exists || err != nil {
			t.Errorf("%s: exists %v, %v", name, exists, err)
		}
		if off, err := i.InstanceShutdown(t.Context(), n); off != want.off || (err != nil) != want.fault {
			t.Errorf("%s: off %v, %v", name, off, err)
		}
	}
	if _, err := i.InstanceExists(t.Context(), node("running", nil)); err == nil {
		t.Error("without a provider ID: no fault")
	}
}

func service() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", UID: "0-1-2", Annotations: map[string]string{"a": "b"}},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "http", Protocol: corev1.ProtocolTCP, Port: 80, TargetPort: intstr.FromInt32(8080), NodePort: 31000}}},
	}
}

func TestALoadBalancerIsAServiceBesideTheMachines(t *testing.T) {
	config := cloudConfig{InfraLabels: map[string]string{"firmament.example/tenant": "acme"}}
	c := newTestCloud(config, nil)
	l := &loadBalancers{cloud: c, interval: time.Millisecond, timeout: 5 * time.Second}
	services := c.core.CoreV1().Services(namespace)
	c.core.(*fake.Clientset).PrependReactor("get", "services", func(clienttesting.Action) (bool, runtime.Object, error) {
		object, err := c.core.(*fake.Clientset).Tracker().Get(corev1.SchemeGroupVersion.WithResource("services"), namespace, "a012")
		if outer, ok := object.(*corev1.Service); ok { // its address comes some time later
			outer = outer.DeepCopy()
			outer.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "198.51.100.9"}}
			return true, outer, nil
		}
		return true, nil, err
	})
	status, err := l.EnsureLoadBalancer(t.Context(), "acme", service(), nil)
	if err != nil || status.Ingress[0].IP != "198.51.100.9" {
		t.Fatalf("%+v, %v", status, err)
	}
	outer, err := services.Get(t.Context(), "a012", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{
		"cluster.x-k8s.io/tenant-service-name": "web", "cluster.x-k8s.io/tenant-service-namespace": "shop",
		"cluster.x-k8s.io/cluster-name": "acme", "firmament.example/tenant": "acme",
	}
	selector := map[string]string{"cluster.x-k8s.io/role": "worker", "cluster.x-k8s.io/cluster-name": "acme"}
	if !reflect.DeepEqual(outer.Labels, labels) || !reflect.DeepEqual(outer.Spec.Selector, selector) || outer.Annotations["a"] != "b" {
		t.Errorf("%+v", outer)
	}
	if port := outer.Spec.Ports[0]; outer.Spec.Type != corev1.ServiceTypeLoadBalancer || port.Port != 80 || port.TargetPort.IntVal != 31000 || port.NodePort != 0 {
		t.Errorf("%+v", outer.Spec)
	}

	changed := service()
	changed.Spec.Ports[0].Port = 8080
	if err := l.UpdateLoadBalancer(t.Context(), "acme", changed, nil); err != nil {
		t.Fatal(err)
	}
	if outer, err = services.Get(t.Context(), "a012", metav1.GetOptions{}); err != nil || outer.Spec.Ports[0].Port != 8080 {
		t.Errorf("%+v, %v", outer.Spec.Ports, err)
	}
	for range 2 {
		if err := l.EnsureLoadBalancerDeleted(t.Context(), "acme", changed); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.UpdateLoadBalancer(t.Context(), "acme", changed, nil); !apierrors.IsNotFound(err) {
		t.Errorf("one that is gone: %v", err)
	}
}

func TestALoadBalancerWithoutAddressIsTriedAnotherTime(t *testing.T) {
	l := &loadBalancers{cloud: newTestCloud(cloudConfig{}, nil), interval: time.Millisecond, timeout: 20 * time.Millisecond}
	if _, err := l.EnsureLoadBalancer(t.Context(), "acme", service(), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, exists, err := l.GetLoadBalancer(t.Context(), "acme", service()); !exists || err != nil {
		t.Errorf("what was made stays: %v, %v", exists, err)
	}
}
