package command

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/glob"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// waitDelay is how long streams stay open for the children of a command that was killed.
const waitDelay = 5 * time.Second

// runKinds are the inputs of everything that runs a command here.
func runKinds(more map[resource.PropertyKey]kind) map[resource.PropertyKey]kind {
	kinds := map[resource.PropertyKey]kind{
		"stdin":                  isText,
		"logging":                isLogging,
		"interpreter":            isTexts,
		"dir":                    isText,
		"environment":            isTextMap,
		"assetPaths":             isTexts,
		"archivePaths":           isTexts,
		"addPreviousOutputInEnv": isFlag,
	}
	maps.Copy(kinds, more)
	return kinds
}

// lifeKinds are the commands of a resource's life.
func lifeKinds() map[resource.PropertyKey]kind {
	return map[resource.PropertyKey]kind{
		"triggers": isAnyList, "create": isText, "update": isText, "delete": isText,
	}
}

// localCommand is command:local:Command.
func localCommand() *managed {
	return lifeOf(&managed{kinds: runKinds(lifeKinds()), made: madeLocally}, runLocally)
}

func madeLocally(inputs resource.PropertyMap) []resource.PropertyKey {
	made := []resource.PropertyKey{"stdout", "stderr"}
	if !inputs["assetPaths"].IsNull() {
		made = append(made, "assets")
	}
	if !inputs["archivePaths"].IsNull() {
		made = append(made, "archive")
	}
	return made
}

// runner runs one command with the settings in inputs and the outputs of the run before.
type runner func(ctx context.Context, command string, inputs, before resource.PropertyMap) (resource.PropertyMap, error)

// lifeOf completes a resource whose life consists of commands.
func lifeOf(r *managed, run runner) *managed {
	r.idPrefix = func(name string) string { return name }
	runGiven := func(ctx context.Context, inputs, before resource.PropertyMap, keys ...resource.PropertyKey) (resource.PropertyMap, error) {
		for _, key := range keys {
			if !inputs[key].IsNull() {
				return run(ctx, text(inputs, key), inputs, before)
			}
		}
		// nothing to run: what was there stays
		kept := resource.PropertyMap{"stdout": resource.NewProperty(""), "stderr": resource.NewProperty("")}
		for _, key := range []resource.PropertyKey{"stdout", "stderr", "assets", "archive"} {
			if value, ok := before[key]; ok {
				kept[key] = value
			}
		}
		return kept, nil
	}
	r.create = func(ctx context.Context, inputs resource.PropertyMap) (resource.PropertyMap, error) {
		return runGiven(ctx, inputs, nil, "create")
	}
	r.update = func(ctx context.Context, before, inputs resource.PropertyMap) (resource.PropertyMap, error) {
		return runGiven(ctx, inputs, before, "update", "create")
	}
	r.remove = func(ctx context.Context, state resource.PropertyMap) error {
		_, err := runGiven(ctx, state, state, "delete")
		return err
	}
	return r
}

// localRun is command:local:run, which runs whenever it is called, during previews too.
func localRun(
	ctx context.Context, args resource.PropertyMap,
) (resource.PropertyMap, []plugin.CheckFailure, error) {
	kinds := runKinds(map[resource.PropertyKey]kind{"command": isText})
	plain := provider.Plain(args)
	if failures := checkKinds("", plain, kinds, "command"); len(failures) > 0 {
		return nil, failures, nil
	}
	made, err := runLocally(ctx, text(plain, "command"), plain, nil)
	if err != nil {
		return nil, nil, err
	}
	result := resource.PropertyMap{}
	for key := range kinds {
		if value, ok := plain[key]; ok {
			result[key] = value
		}
	}
	maps.Copy(result, made)
	return result, nil, nil
}

// runLocally runs a command as a process of this machine.
func runLocally(ctx context.Context, command string, inputs, before resource.PropertyMap) (resource.PropertyMap, error) {
	words := texts(inputs, "interpreter")
	if len(words) == 0 {
		words = []string{"/bin/sh", "-c"}
		if runtime.GOOS == "windows" {
			words = []string{"cmd", "/C"}
		}
	}
	words = append(words, command)
	dir := text(inputs, "dir")
	if dir == "" {
		here, err := os.Getwd()
		if err != nil {
			return nil, fmt.Errorf("find the working directory: %w", err)
		}
		dir = here
	}
	//nolint:gosec // running what the program says is the purpose
	process := exec.CommandContext(ctx, words[0], words[1:]...)
	// what the command left running must not hold a cancelled deployment back
	process.WaitDelay = waitDelay
	process.Dir = dir
	process.Env = append(os.Environ(), environment(inputs, before)...)
	if stdin := text(inputs, "stdin"); stdin != "" {
		process.Stdin = strings.NewReader(stdin)
	}
	streams := newStreams(ctx, text(inputs, "logging"))
	process.Stdout, process.Stderr = streams.stdout, streams.stderr
	err := process.Run()
	streams.close()
	if err != nil {
		return nil, fmt.Errorf("%w: running %q:\n%s", err, command, streams.all.String())
	}
	outputs := streams.outputs()
	if err := collectFiles(dir, inputs, outputs); err != nil {
		return nil, err
	}
	return outputs, nil
}

// streams keep what a command says and show it line by line while it runs.
type streams struct {
	out, err       bytes.Buffer
	all            lockedBuffer
	stdout, stderr io.Writer
	shown          []*io.PipeWriter
	showing        sync.WaitGroup
}

func newStreams(ctx context.Context, logging string) *streams {
	s := &streams{}
	s.stdout = s.tee(ctx, &s.out, logging == "" || logging == "stdout" || logging == "stdoutAndStderr")
	s.stderr = s.tee(ctx, &s.err, logging == "" || logging == "stderr" || logging == "stdoutAndStderr")
	return s
}

func (s *streams) tee(ctx context.Context, to *bytes.Buffer, show bool) io.Writer {
	if !show {
		return io.MultiWriter(to, &s.all)
	}
	reader, writer := io.Pipe()
	s.shown = append(s.shown, writer)
	s.showing.Go(func() {
		lines := bufio.NewScanner(reader)
		for lines.Scan() {
			provider.Status(ctx, lines.Text())
		}
		// a line too long to be shown must not stop the command that writes it
		_, _ = io.Copy(io.Discard, reader)
	})
	return io.MultiWriter(to, &s.all, writer)
}

func (s *streams) close() {
	for _, writer := range s.shown {
		_ = writer.Close() // never fails
	}
	s.showing.Wait()
}

func (s *streams) outputs() resource.PropertyMap {
	return resource.PropertyMap{
		"stdout": resource.NewProperty(strings.TrimSuffix(s.out.String(), "\n")),
		"stderr": resource.NewProperty(strings.TrimSuffix(s.err.String(), "\n")),
	}
}

// lockedBuffer takes what both streams of a process say, in the order it comes.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p) //nolint:wrapcheck // never fails
}

// collectFiles returns files the command left behind: each as an asset, or all in one archive.
func collectFiles(dir string, inputs, outputs resource.PropertyMap) error {
	if !inputs["assetPaths"].IsNull() {
		files, err := match(dir, texts(inputs, "assetPaths"))
		if err != nil {
			return fmt.Errorf("assetPaths: %w", err)
		}
		assets := resource.PropertyMap{}
		for path, asset := range files {
			assets[resource.PropertyKey(path)] = resource.NewProperty(asset)
		}
		outputs["assets"] = resource.NewProperty(assets)
	}
	if !inputs["archivePaths"].IsNull() {
		files, err := match(dir, texts(inputs, "archivePaths"))
		if err != nil {
			return fmt.Errorf("archivePaths: %w", err)
		}
		contents := map[string]any{}
		for path, asset := range files {
			contents[path] = asset
		}
		archive, err := resource.NewAssetArchive(contents)
		if err != nil {
			return fmt.Errorf("archivePaths: %w", err)
		}
		outputs["archive"] = resource.NewProperty(archive)
	}
	return nil
}

// match finds the files that the last fitting pattern takes in; a pattern after an exclamation mark leaves out.
func match(dir string, patterns []string) (map[string]*resource.Asset, error) {
	type rule struct {
		glob.Glob
		takes bool
	}
	var rules []rule
	for _, pattern := range patterns {
		compiled, err := glob.Compile(strings.TrimPrefix(pattern, "!"), '/')
		if err != nil {
			return nil, fmt.Errorf("%q — must be a glob pattern: %w", pattern, err)
		}
		rules = append(rules, rule{compiled, !strings.HasPrefix(pattern, "!")})
	}
	files := map[string]*resource.Asset{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		taken := false
		for _, rule := range rules {
			if rule.Match(path) {
				taken = rule.takes
			}
		}
		if !taken {
			return nil
		}
		asset, err := resource.NewPathAsset(filepath.ToSlash(filepath.Join(dir, path)))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		files[path] = asset
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look through %s: %w", dir, err)
	}
	return files, nil
}
