package autoscaler

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"
)

const namespace = "tenant-acme"

// stage is a tenant with one pool, played by in-memory clients.
type stage struct {
	t        *testing.T
	scaler   *scaler
	workload *fake.Clientset
	machines *dynamicfake.FakeDynamicClient
	events   *record.FakeRecorder
	now      time.Time
}

func options(t *testing.T, flags ...string) Options {
	t.Helper()
	o, err := ParseOptions(append([]string{
		"--cloud-provider=clusterapi", "--kubeconfig=/k", "--clusterapi-cloud-config-authoritative",
		"--node-group-auto-discovery=clusterapi:namespace=" + namespace + ",clusterName=acme",
		"--node-delete-delay-after-taint=0s", "--scale-down-delay-after-add=0s",
	}, flags...))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func newStage(t *testing.T, o Options, objects ...runtime.Object) *stage {
	t.Helper()
	kinds := map[schema.GroupVersionResource]string{}
	for resource, kind := range map[string]string{"machinedeployments": "MachineDeploymentList", "machinesets": "MachineSetList", "machines": "MachineList"} {
		kinds[schema.GroupVersionResource{Group: capi, Version: "v1beta2", Resource: resource}] = kind
	}
	s := &stage{
		t: t, workload: fake.NewClientset(), events: record.NewFakeRecorder(100), now: time.Now(),
		machines: dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, objects...),
	}
	// the scale of a MachineDeployment, as the API server has it
	s.machines.PrependReactor("get", "machinedeployments", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return action.GetSubresource() == "scale", s.deployment(action.(clienttesting.GetAction).GetName()), nil
	})
	s.machines.PrependReactor("patch", "machinedeployments", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if action.GetSubresource() != "scale" {
			t.Errorf("patches more than the scale: %v", action)
		}
		return false, nil, nil
	})
	// an eviction is the end of its pod
	s.workload.PrependReactor("create", "pods", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if action.GetSubresource() != "eviction" {
			return false, nil, nil
		}
		name := action.(clienttesting.CreateAction).GetObject().(metav1.Object).GetName()
		return true, nil, s.workload.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("pods"), action.GetNamespace(), name)
	})
	c := &clients{workload: s.workload, management: s.machines, version: "v1beta2"}
	s.scaler = newScaler(o, c, s.events, slog.New(slog.NewTextHandler(io.Discard, nil)))
	return s
}

func (s *stage) deployment(name string) *unstructured.Unstructured {
	o, err := s.machines.Tracker().Get(schema.GroupVersionResource{Group: capi, Version: "v1beta2", Resource: "machinedeployments"}, namespace, name)
	if err != nil {
		s.t.Fatal(err)
	}
	return o.(*unstructured.Unstructured)
}

func (s *stage) size(name string) int64 {
	replicas, _, _ := unstructured.NestedInt64(s.deployment(name).Object, "spec", "replicas")
	return replicas
}

// after lets time pass and scans.
func (s *stage) after(how time.Duration) {
	s.t.Helper()
	s.now = s.now.Add(how)
	if err := s.scaler.scan(context.Background(), s.now); err != nil {
		s.t.Fatal(err)
	}
	s.scaler.drains.done.Wait()
}

func (s *stage) pod(pod *corev1.Pod) {
	s.t.Helper()
	if _, err := s.workload.CoreV1().Pods(pod.Namespace).Create(context.Background(), pod, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) node(node *corev1.Node) {
	s.t.Helper()
	if _, err := s.workload.CoreV1().Nodes().Create(context.Background(), node, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

func object(kind, name, uid string, owner types.UID, spec map[string]any) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	o.SetAPIVersion(capi + "/v1beta2")
	o.SetKind(kind)
	o.SetNamespace(namespace)
	o.SetName(name)
	o.SetUID(types.UID(uid))
	o.SetCreationTimestamp(metav1.Now())
	if owner != "" {
		o.SetOwnerReferences([]metav1.OwnerReference{{UID: owner}})
	}
	return o
}

// pool of machines with one core and a GiB each, labelled purpose=burst.
func pool(name string, low, high, replicas int, annotations ...string) []runtime.Object {
	deployment := object("MachineDeployment", name, name, "", map[string]any{"clusterName": "acme", "replicas": int64(replicas)})
	all := map[string]string{
		minSizeAnnotation: fmt.Sprint(low), maxSizeAnnotation: fmt.Sprint(high),
		capacityPrefix + "cpu": "1", capacityPrefix + "memory": "1Gi", capacityPrefix + "labels": "purpose=burst",
	}
	for i := 0; i < len(annotations); i += 2 {
		all[annotations[i]] = annotations[i+1]
	}
	deployment.SetAnnotations(all)
	return []runtime.Object{deployment, object("MachineSet", name, name+"-set", types.UID(name), map[string]any{})}
}

// machineOf a pool; with a node of that name where it is one.
func machineOf(pool, name, node string) *unstructured.Unstructured {
	o := object("Machine", name, name, types.UID(pool+"-set"), map[string]any{"providerID": "kubevirt://" + name})
	if node != "" {
		_ = unstructured.SetNestedField(o.Object, node, "status", "nodeRef", "name")
	}
	return o
}

func nodeOf(machine string) *corev1.Node {
	list := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("1Gi"), corev1.ResourcePods: resource.MustParse("110"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: machine, Labels: map[string]string{"purpose": "burst", corev1.LabelHostname: machine}},
		Spec:       corev1.NodeSpec{ProviderID: "kubevirt://" + machine},
		Status: corev1.NodeStatus{
			Allocatable: list, Capacity: list, Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
		},
	}
}

// podOf asks for a node with the label purpose=burst; it is of a ReplicaSet.
func podOf(name, cpu string, change ...func(*corev1.Pod)) *corev1.Pod {
	yes := true
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: name, OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "r", Controller: &yes}},
		},
		Spec: corev1.PodSpec{
			NodeSelector: map[string]string{"purpose": "burst"},
			Containers:   []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)}}}},
		},
	}
	for _, each := range change {
		each(pod)
	}
	return pod
}

// unschedulable is what the scheduler says of a pod an hour ago.
func unschedulable(pod *corev1.Pod) {
	pod.Status.Conditions = []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable,
		LastTransitionTime: metav1.NewTime(time.Now().Add(-time.Hour)),
	}}
}

func on(node string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Spec.NodeName = node }
}
