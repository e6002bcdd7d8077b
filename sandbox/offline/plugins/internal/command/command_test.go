package command

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/crypto/ssh"

	"firmament.example/sandbox/offline/plugins/internal/providertest"
)

type values = providertest.Values

const (
	localToken  = "command:local:Command"
	remoteToken = "command:remote:Command"
	copyToken   = "command:remote:CopyToRemote"
)

func TestMain(m *testing.M) {
	firstWait, lastWait = time.Millisecond, 5*time.Millisecond
	os.Exit(m.Run())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustFail(t *testing.T, err error, pattern string) {
	t.Helper()
	if err == nil || !regexp.MustCompile("(?s)"+pattern).MatchString(err.Error()) {
		t.Fatalf("%v, want an error like %q", err, pattern)
	}
}

func mustBe(t *testing.T, got, want any) {
	t.Helper()
	if !providertest.Properties(values{"x": got}).DeepEquals(providertest.Properties(values{"x": want})) {
		t.Fatalf("got  %v\nwant %v", got, want)
	}
}

func TestALocalCommandLivesAsItsCommandsSay(t *testing.T) {
	engine := providertest.Start(t, Package(), nil)
	diary := filepath.Join(t.TempDir(), "diary")
	args := values{
		"create": "echo made $WHO; echo trouble >&2", "delete": "echo gone after $PULUMI_COMMAND_STDOUT > " + diary,
		"environment": values{"WHO": resource.MakeSecret(resource.NewProperty("me"))},
	}
	command := engine.Resource(localToken)
	preview, err := command.Preview(args)
	must(t, err)
	mustBe(t, preview["stdout"].IsComputed() && preview["stderr"].IsComputed(), true)

	must(t, command.Up(args))
	if !regexp.MustCompile(`^it[0-9a-f]{8,}$`).MatchString(command.ID) {
		t.Errorf("id %q", command.ID)
	}
	outputs := providertest.Plain(command.Outputs)
	mustBe(t, outputs["stdout"], "made me")
	mustBe(t, outputs["stderr"], "trouble")
	mustBe(t, providertest.Secrets(command.Outputs), []string{"environment.WHO"})

	diff, err := command.Diff(args)
	must(t, err)
	mustBe(t, diff.GetChanges() == pulumirpc.DiffResponse_DIFF_NONE, true)

	// without a command for updates the one for creation runs again, and sees what it said before
	args["create"] = "echo again after $PULUMI_COMMAND_STDOUT"
	must(t, command.Up(args))
	mustBe(t, providertest.Plain(command.Outputs)["stdout"], "again after made me")
	args["update"] = "echo updated"
	must(t, command.Up(args))
	mustBe(t, providertest.Plain(command.Outputs)["stdout"], "updated")
	args["addPreviousOutputInEnv"], args["update"] = false, "echo nothing of [$PULUMI_COMMAND_STDOUT]"
	must(t, command.Up(args))
	mustBe(t, providertest.Plain(command.Outputs)["stdout"], "nothing of []")
	delete(args, "addPreviousOutputInEnv")
	must(t, command.Up(args))

	must(t, command.Delete())
	said, err := os.ReadFile(diary)
	must(t, err)
	mustBe(t, string(said), "gone after nothing of [nothing of []]\n")
}

func TestTriggersReplace(t *testing.T) {
	engine := providertest.Start(t, Package(), nil)
	command := engine.Resource(localToken)
	must(t, command.Up(values{"create": "true", "triggers": []any{1.0, values{"a": "b"}}}))
	diff, err := command.Diff(values{"create": "true", "triggers": []any{1.0, values{"a": "c"}}})
	must(t, err)
	mustBe(t, diff.GetReplaces(), []string{"triggers"})
	unknown := resource.MakeComputed(resource.NewProperty(""))
	diff, err = command.Diff(values{"create": "true", "triggers": []any{unknown}})
	must(t, err)
	mustBe(t, diff.GetReplaces(), []string{"triggers"})
}

func TestAFailedCommandSaysWhatItSaid(t *testing.T) {
	engine := providertest.Start(t, Package(), nil)
	err := engine.Resource(localToken).Up(values{"create": "echo half; echo broken >&2; exit 3"})
	// the two streams are read side by side: their lines come in any order
	mustFail(t, err, `exit status 3: running "echo half.*:.*\bhalf\n`)
	mustFail(t, err, `exit status 3: running "echo half.*:.*\bbroken\n`)
	mustFail(t, engine.Resource(localToken).Up(values{"create": "true", "dir": "/no/such/folder"}), "no such file")
}

func TestInterpreterFolderAndInput(t *testing.T) {
	engine := providertest.Start(t, Package(), nil)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "a.txt"), []byte("a"), 0o600))
	must(t, os.Mkdir(filepath.Join(dir, "sub"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "sub", "b.txt"), []byte("b"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "sub", "secret.txt"), []byte("c"), 0o600))
	result, err := engine.Invoke("command:local:run", values{
		"command": "cat; pwd", "interpreter": []any{"/bin/sh", "-e", "-c"}, "stdin": "in\n", "dir": dir, "logging": "none",
		"assetPaths": []any{"**.txt", "!**secret*"}, "archivePaths": []any{"*.txt"},
	})
	must(t, err)
	mustBe(t, result["stdout"].StringValue(), "in\n"+dir)
	assets := result["assets"].ObjectValue()
	names := []string{}
	for name, asset := range assets {
		names = append(names, string(name))
		mustBe(t, asset.IsAsset(), true)
	}
	slices.Sort(names)
	mustBe(t, names, []string{"a.txt", "sub/b.txt"})
	mustBe(t, result["archive"].IsArchive(), true)
}

func TestArgumentsAreChecked(t *testing.T) {
	engine := providertest.Start(t, Package(), nil)
	for name, wrong := range map[string]struct {
		token string
		args  values
		error string
	}{
		"a number as a command": {localToken, values{"create": 1.0}, `create: a number — must be a string`},
		"a list as environment": {localToken, values{"environment": []any{}}, `environment: a .* — must be a map of strings`},
		"an unknown logging":    {localToken, values{"logging": "all"}, `logging: a string — must be a one of`},
		"no connection":         {remoteToken, values{"create": "true"}, `connection: missing — must be given`},
		"a connection nowhere":  {remoteToken, values{"connection": values{}}, `connection.host: missing`},
		"nothing to copy":       {copyToken, values{"connection": values{"host": "h"}, "remotePath": "/x"}, `source: missing`},
		"what was replaced":     {"command:remote:CopyFile", values{}, `use remote.CopyToRemote`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := engine.Resource(wrong.token).Check(wrong.args)
			mustFail(t, err, wrong.error)
		})
	}
	_, err := engine.Invoke("command:local:run", values{})
	mustFail(t, err, "command: missing")
}

func TestACancelledCommandIsKilled(t *testing.T) {
	engine := providertest.Start(t, Package(), nil)
	mark := filepath.Join(t.TempDir(), "started")
	done := make(chan error)
	go func() { done <- engine.Resource(localToken).Up(values{"create": "touch " + mark + "; exec sleep 600"}) }()
	for {
		if _, err := os.Stat(mark); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	must(t, engine.Cancel())
	mustFail(t, <-done, "killed|cancel")
}

func TestARemoteCommandRunsAtTheOtherEnd(t *testing.T) {
	engine := providertest.Start(t, Package(), nil)
	server := newSSHServer(t)
	connection := server.connection(t)
	command := engine.Resource(remoteToken)
	must(t, command.Up(values{
		"connection": connection, "create": "cat; echo $GREETING from $PLACE", "stdin": "in\n",
		"environment": values{"GREETING": "hello", "PLACE": "there"},
	}))
	mustBe(t, command.Outputs["stdout"].StringValue(), "in\nhello from there")
	mustBe(t, command.Outputs["connection"].IsSecret(), true)
	filled := command.Outputs["connection"].SecretValue().Element.ObjectValue()
	mustBe(t, filled["dialErrorLimit"].NumberValue(), 10.0)
	mustFail(t, engine.Resource(remoteToken).Up(values{"connection": connection, "create": "echo no; exit 4"}),
		`exited with status 4: running "echo no; exit 4":\nno`)

	through := server.connection(t)
	through["proxy"] = newSSHServer(t).connection(t)
	proxied := engine.Resource(remoteToken)
	must(t, proxied.Up(values{"connection": through, "create": "echo through"}))
	mustBe(t, proxied.Outputs["stdout"].StringValue(), "through")
}

func TestAConnectionIsRefusedOrGivenUp(t *testing.T) {
	engine := providertest.Start(t, Package(), nil)
	server := newSSHServer(t)
	other := newSSHServer(t).connection(t)
	wrongHost := server.connection(t)
	wrongHost["hostKey"], wrongHost["dialErrorLimit"] = other["hostKey"], 1.0
	mustFail(t, engine.Resource(remoteToken).Up(values{"connection": wrongHost, "create": "true"}),
		"connect to 127.0.0.1: after 2 failed attempts: .*host key mismatch")
	wrongPassword := server.connection(t)
	wrongPassword["password"], wrongPassword["dialErrorLimit"] = "guess", 0.0
	mustFail(t, engine.Resource(remoteToken).Up(values{"connection": wrongPassword, "create": "true"}), "after 1 failed attempts: .*authenticate")
}

func TestSourcesAreCopied(t *testing.T) {
	engine := providertest.Start(t, Package(), nil)
	connection := newSSHServer(t).connection(t)
	from, to := t.TempDir(), t.TempDir()
	must(t, os.MkdirAll(filepath.Join(from, "folder", "sub"), 0o700))
	must(t, os.WriteFile(filepath.Join(from, "folder", "sub", "file"), []byte("content"), 0o600))
	read := func(path ...string) string {
		content, err := os.ReadFile(filepath.Join(append([]string{to}, path...)...))
		must(t, err)
		return string(content)
	}
	send := func(source any, path string) error {
		return engine.Resource(copyToken).Up(values{"connection": connection, "source": source, "remotePath": filepath.Join(to, path)})
	}
	text, err := resource.NewTextAsset("written")
	must(t, err)
	file, err := resource.NewPathAsset(filepath.Join(from, "folder", "sub", "file"))
	must(t, err)
	folder, err := resource.NewPathArchive(filepath.Join(from, "folder"))
	must(t, err)
	contents, err := resource.NewPathArchive(filepath.Join(from, "folder") + "/")
	must(t, err)

	must(t, send(text, "new/text"))
	mustBe(t, read("new", "text"), "written")
	must(t, send(file, "file"))
	mustBe(t, read("file"), "content")
	must(t, send(file, "new"))
	mustBe(t, read("new", "file"), "content")
	must(t, send(folder, "a"))
	mustBe(t, read("a", "folder", "sub", "file"), "content")
	must(t, send(contents, "b"))
	mustBe(t, read("b", "sub", "file"), "content")
	mustFail(t, send(text, "new"), "is a folder")
	mustFail(t, send(folder, "file"), "is a file")
}

// sshServer lets in one user with one password, runs commands with a shell and serves files.
type sshServer struct {
	listener net.Listener
	config   *ssh.ServerConfig
	hostKey  string
}

func newSSHServer(t *testing.T) *sshServer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	must(t, err)
	server := &sshServer{hostKey: string(ssh.MarshalAuthorizedKey(signer.PublicKey()))}
	server.config = &ssh.ServerConfig{
		PasswordCallback: func(meta ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if meta.User() != "tester" || string(password) != "secret" {
				return nil, fmt.Errorf("not %s", meta.User())
			}
			return nil, nil //nolint:nilnil // as the library has it
		},
	}
	server.config.AddHostKey(signer)
	server.listener, err = net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = server.listener.Close() })
	go func() {
		for {
			conn, err := server.listener.Accept()
			if err != nil {
				return
			}
			go server.serve(conn)
		}
	}()
	return server
}

func (s *sshServer) connection(t *testing.T) values {
	t.Helper()
	host, port, err := net.SplitHostPort(s.listener.Addr().String())
	must(t, err)
	number, err := strconv.Atoi(port)
	must(t, err)
	return values{"host": host, "port": float64(number), "user": "tester", "password": "secret", "hostKey": s.hostKey}
}

func (s *sshServer) serve(conn net.Conn) {
	secured, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		_ = conn.Close()
		return
	}
	defer secured.Close() //nolint:errcheck // a test's end
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if offered.ChannelType() == "direct-tcpip" {
			go forward(offered)
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go session(channel, requests)
	}
}

// session runs one command, with the variables set before, or serves files.
func session(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close() //nolint:errcheck // a test's end
	env := os.Environ()
	for request := range requests {
		switch request.Type {
		case "env":
			var pair struct{ Name, Value string }
			_ = ssh.Unmarshal(request.Payload, &pair)
			env = append(env, pair.Name+"="+pair.Value)
			_ = request.Reply(true, nil)
		case "exec":
			var command struct{ Text string }
			_ = ssh.Unmarshal(request.Payload, &command)
			_ = request.Reply(true, nil)
			process := exec.Command("/bin/sh", "-c", command.Text) //nolint:gosec // what the test says
			process.Env, process.Stdin, process.Stdout, process.Stderr = env, channel, channel, channel.Stderr()
			if !strings.Contains(command.Text, "cat") {
				process.Stdin = nil
			}
			_ = process.Run()
			status := struct{ Code uint32 }{uint32(process.ProcessState.ExitCode())} //nolint:gosec // small
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(status))
			return
		case "subsystem":
			_ = request.Reply(true, nil)
			files, err := sftp.NewServer(channel)
			if err != nil {
				return
			}
			_ = files.Serve()
			return
		default:
			_ = request.Reply(false, nil)
		}
	}
}

// forward connects to where a client wants to go through this machine.
func forward(offered ssh.NewChannel) {
	var to struct {
		Host     string
		Port     uint32
		FromHost string
		FromPort uint32
	}
	_ = ssh.Unmarshal(offered.ExtraData(), &to)
	conn, err := net.Dial("tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		_ = offered.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	channel, requests, err := offered.Accept()
	if err != nil {
		_ = conn.Close()
		return
	}
	go ssh.DiscardRequests(requests)
	go func() { _, _ = io.Copy(channel, conn); _ = channel.CloseWrite() }()
	_, _ = io.Copy(conn, channel)
	_ = conn.Close()
}
