package workloads

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/ports"
	"firmament.example/sandbox/fakes/internal/process"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

const namespace = "tenant-acme"

// newRunner has one program, a shell script that writes down how it was called beside its first volume and waits.
func newRunner(t *testing.T, objects ...client.Object) (*Runner, client.Client) {
	t.Helper()
	dir, log := t.TempDir(), slog.New(slog.NewTextHandler(t.Output(), nil))
	tool := filepath.Join(dir, "agent")
	script := "#!/bin/sh\n{ echo \"$@\"; env; } > \"$OUT/$NAME\"\nexec sleep 60\n"
	if err := os.WriteFile(tool, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	supervisor, err := process.New(dir, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(supervisor.StopAll)
	allocator, err := ports.Open(dir, 32000, 32999)
	if err != nil {
		t.Fatal(err)
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "agent"}}
	c := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithStatusSubresource(&corev1.Pod{}).WithObjects(append(objects, account)...).Build()
	return &Runner{
		Cluster:  &reconcile.Cluster{WithWatch: c, REST: &rest.Config{Host: "https://127.0.0.1:6443"}, Log: log},
		Deps:     controlplane.Deps{Supervisor: supervisor, Ports: allocator, Log: log, Tools: map[string]string{"agent": tool}},
		Dir:      filepath.Join(dir, "pods"),
		Programs: []Program{{Image: "example/agent", Tool: "agent", Ports: []PortFlag{{Name: "port"}}, Flags: map[string]string{"bind": "127.0.0.1"}}},
	}, c
}

func tenantAPI(endpoint string) client.Object {
	plane := reconcile.New(controlPlaneKind, namespace, "acme")
	reconcile.Set(plane, endpoint, "status", "controlPlaneEndpoint")
	return plane
}

func kubeconfig(server string) []byte {
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{Server: server}
	config.AuthInfos["u"] = &clientcmdapi.AuthInfo{Token: "t"}
	config.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	config.CurrentContext = "x"
	data, err := clientcmd.Write(*config)
	if err != nil {
		panic(err)
	}
	return data
}

func load(t *testing.T, data []byte) *clientcmdapi.Config {
	t.Helper()
	config, err := clientcmd.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// agent is a pod as KWOK leaves it: running, not ready.
func agent(name string, change func(*corev1.Pod)) *corev1.Pod {
	seconds := int64(3607)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(name)},
		Spec: corev1.PodSpec{
			ServiceAccountName: "agent",
			Containers: []corev1.Container{
				{
					Name: "one", Image: "registry.example/example/agent:v1", Command: []string{"/bin/agent", "run"},
					Args: []string{"--kubeconfig=/etc/tenant/value", "--socket=$(SOCKET)", "--port=8080"},
					Env: []corev1.EnvVar{
						{Name: "OUT", Value: "/out"}, {Name: "NAME", Value: "one"}, {Name: "SOCKET", Value: "unix:///out/a.sock"},
						{Name: "NAMESPACE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}}},
					},
					VolumeMounts: []corev1.VolumeMount{{Name: "out", MountPath: "/out"}, {Name: "tenant", MountPath: "/etc/tenant"}, {Name: "token", MountPath: tokenMount}},
				},
				{
					Name: "two", Image: "example/agent:v1", Args: []string{"/shared/a.sock"},
					Env:          []corev1.EnvVar{{Name: "OUT", Value: "/shared"}, {Name: "NAME", Value: "two"}},
					VolumeMounts: []corev1.VolumeMount{{Name: "out", MountPath: "/shared"}},
				},
				{Name: "other", Image: "example/other:v1"},
			},
			Volumes: []corev1.Volume{
				{Name: "out", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
				{Name: "tenant", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "tenant"}}},
				{Name: "token", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
					{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token", ExpirationSeconds: &seconds}},
				}}}},
			},
		},
		Status: corev1.PodStatus{
			Phase:             corev1.PodRunning,
			Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "one"}, {Name: "two"}, {Name: "other", Ready: true}},
		},
	}
	if change != nil {
		change(pod)
	}
	return pod
}

var secret = &corev1.Secret{
	ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tenant"},
	Data:       map[string][]byte{"value": kubeconfig("https://acme.tenant-acme.svc:6443")},
}

func (r *Runner) settle(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := r.reconcile(t.Context(), types.NamespacedName{Namespace: namespace, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
}

func live(t *testing.T, c client.Client, name string) *corev1.Pod {
	t.Helper()
	var pod corev1.Pod
	if err := c.Get(t.Context(), types.NamespacedName{Namespace: namespace, Name: name}, &pod); err != nil {
		t.Fatal(err)
	}
	return &pod
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	var data []byte
	eventually(t, file, func() bool {
		var err error
		data, err = os.ReadFile(file)
		return err == nil && len(data) > 0
	})
	return string(data)
}

func TestContainersOfAPodRunWithItsVolumesAndRights(t *testing.T) {
	r, c := newRunner(t, agent("a", nil), secret.DeepCopy(), tenantAPI("127.0.0.7:20007"))
	r.settle(t, "a")
	if !isReady(live(t, c, "a")) {
		t.Error("runs, and is not ready")
	}
	state := r.find(types.NamespacedName{Namespace: namespace, Name: "a"})
	out := state.folders["out"]

	one := read(t, filepath.Join(out, "one"))
	port := state.containers["one"].ports[8080]
	for _, want := range []string{
		fmt.Sprintf("run --kubeconfig=%s/value --socket=unix://%s/a.sock --bind=127.0.0.1 --port=%d\n", state.folders["tenant"], out, port),
		"\nNAMESPACE=tenant-acme\n", "\nSOCKET=unix://" + out + "/a.sock\n",
		"\n" + InClusterKubeconfig + "=" + filepath.Join(state.dir, "in-cluster.kubeconfig") + "\n",
	} {
		if !strings.Contains("\n"+one, want) {
			t.Errorf("no %q in:\n%s", want, one)
		}
	}
	tenant := load(t, []byte(read(t, filepath.Join(state.folders["tenant"], "value")))).Clusters["c"]
	if tenant.Server != "https://127.0.0.7:20007" || tenant.TLSServerName != "acme.tenant-acme.svc" {
		t.Errorf("tenant's API: %+v", tenant)
	}
	user := load(t, []byte(read(t, filepath.Join(state.dir, "in-cluster.kubeconfig"))))
	if token := user.AuthInfos["in-cluster"].TokenFile; token != filepath.Join(state.folders["token"], "token") {
		t.Errorf("token: %s", token)
	}
	read(t, user.AuthInfos["in-cluster"].TokenFile)

	two := read(t, filepath.Join(out, "two"))
	if !strings.HasPrefix(two, out+"/a.sock --bind=127.0.0.1\n") || strings.Contains(two, InClusterKubeconfig) {
		t.Errorf("the second container:\n%s", two)
	}
}

func TestAProcessThatEndsIsStartedAgainAndCounted(t *testing.T) {
	r, c := newRunner(t, agent("a", nil), secret.DeepCopy(), tenantAPI("127.0.0.7:20007"))
	r.settle(t, "a")
	status := func() process.Status { return r.Deps.Supervisor.Find("pod-tenant-acme.a.one") }
	victim, err := os.FindProcess(status().PID)
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "backoff", func() bool { return status().State == process.StateBackoff })
	r.settle(t, "a")
	pod := live(t, c, "a")
	if waiting := pod.Status.ContainerStatuses[0].State.Waiting; isReady(pod) || waiting == nil || waiting.Reason != "CrashLoopBackOff" {
		t.Errorf("while it is down: %+v", pod.Status)
	}
	if !pod.Status.ContainerStatuses[1].Ready || !pod.Status.ContainerStatuses[2].Ready {
		t.Errorf("others: %+v", pod.Status.ContainerStatuses)
	}
	eventually(t, "running again", func() bool { return status().State == process.StateRunning })
	r.settle(t, "a")
	if pod = live(t, c, "a"); !isReady(pod) || pod.Status.ContainerStatuses[0].RestartCount != 1 {
		t.Errorf("when it is back: %+v", pod.Status)
	}
}

func TestWhatBelongsToAPodGoesWithIt(t *testing.T) {
	r, c := newRunner(t, agent("a", nil), secret.DeepCopy(), tenantAPI("127.0.0.7:20007"))
	r.settle(t, "a")
	dir := r.find(types.NamespacedName{Namespace: namespace, Name: "a"}).dir
	if err := c.Delete(t.Context(), live(t, c, "a")); err != nil {
		t.Fatal(err)
	}
	r.settle(t, "a")
	if list := r.Deps.Supervisor.List(); len(list) != 0 {
		t.Errorf("still run: %+v", list)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s: %v", dir, err)
	}
}

func TestAPodOfTheSameNameIsAnotherOne(t *testing.T) {
	r, c := newRunner(t, agent("a", nil), secret.DeepCopy(), tenantAPI("127.0.0.7:20007"))
	r.settle(t, "a")
	before := r.Deps.Supervisor.Find("pod-tenant-acme.a.one").PID
	if err := c.Delete(t.Context(), live(t, c, "a")); err != nil {
		t.Fatal(err)
	}
	if err := c.Create(t.Context(), agent("a", func(pod *corev1.Pod) { pod.UID = "again" })); err != nil {
		t.Fatal(err)
	}
	r.settle(t, "a")
	if after := r.Deps.Supervisor.Find("pod-tenant-acme.a.one").PID; after == 0 || after == before {
		t.Errorf("process %d, before %d", after, before)
	}
}

func TestContainersWaitForWhatTheirVolumesAreMadeOf(t *testing.T) {
	r, c := newRunner(t, agent("a", nil))
	if _, err := r.reconcile(t.Context(), types.NamespacedName{Namespace: namespace, Name: "a"}); err == nil {
		t.Error("no fault without the Secret")
	}
	if waiting := live(t, c, "a").Status.ContainerStatuses[0].State.Waiting; waiting == nil || waiting.Reason != "ContainerCreating" || !strings.Contains(waiting.Message, `"tenant" not found`) {
		t.Errorf("%+v", waiting)
	}
	if err := c.Create(t.Context(), secret.DeepCopy()); err != nil {
		t.Fatal(err)
	}
	r.settle(t, "a")
	if !isReady(live(t, c, "a")) {
		t.Error("not ready with the Secret")
	}
}

func TestOneReplicaRuns(t *testing.T) {
	yes := true
	replica := func(minutes int) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "rs", UID: "rs", Controller: &yes}}
			pod.CreationTimestamp = metav1.NewTime(time.Date(2026, 1, 1, 0, minutes, 0, 0, time.UTC))
		}
	}
	r, c := newRunner(t, agent("a", replica(2)), agent("b", replica(1)), secret.DeepCopy(), tenantAPI("127.0.0.7:20007"))
	runs := func(name string) bool { return r.Deps.Supervisor.Find("pod-tenant-acme."+name+".one").PID != 0 }
	r.settle(t, "a", "b")
	if runs("a") || !runs("b") || !isReady(live(t, c, "a")) {
		t.Errorf("a runs: %v, b runs: %v", runs("a"), runs("b"))
	}
	if err := c.Delete(t.Context(), live(t, c, "b")); err != nil {
		t.Fatal(err)
	}
	r.settle(t, "b", "a")
	if !runs("a") || runs("b") {
		t.Errorf("after b is gone: a runs: %v, b runs: %v", runs("a"), runs("b"))
	}
}

func TestAPodIsReadyWhenItsProbeSaysSo(t *testing.T) {
	healthy := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if !healthy || request.URL.Path != "/healthz" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	where, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(where.Port())
	if err != nil {
		t.Fatal(err)
	}
	spec := corev1.Container{
		Ports: []corev1.ContainerPort{{Name: "https", ContainerPort: 10258}},
		LivenessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Path: "/healthz", Port: intstr.FromString("https"), Scheme: corev1.URISchemeHTTPS,
		}}},
	}
	c := &container{ports: map[int]int{10258: port}}
	if err := c.probe(context.Background(), spec); err == nil {
		t.Error("healthy too early")
	}
	healthy = true
	if err := c.probe(context.Background(), spec); err != nil {
		t.Error(err)
	}
	spec.LivenessProbe.HTTPGet.Port = intstr.FromInt32(1)
	if err := c.probe(context.Background(), spec); err != nil {
		t.Errorf("a port of somebody else: %v", err)
	}
}

func TestForgottenPodsGiveTheirPortsBack(t *testing.T) {
	r, _ := newRunner(t)
	first, err := r.Deps.Ports.Port("pods/x/port")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Forget(); err != nil {
		t.Fatal(err)
	}
	if again, err := r.Deps.Ports.Port("pods/y/port"); err != nil || again != first {
		t.Errorf("%d, %v; want %d", again, err, first)
	}
}
