// Lints a Dockerfile with BuildKit's own rules, as `docker build --check` does, without an engine: nothing is pulled or built.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/opencontainers/go-digest"
)

// Base images stay unread: of each it is known only that it is one for Linux.
type unread struct{}

func (unread) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return ref, digest.FromString(ref), []byte(`{"architecture":"amd64","os":"linux","config":{}}`), nil
}

func main() {
	path := os.Args[1]
	text, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	source := llb.NewSourceMap(nil, path, "Dockerfile", text)
	source.Definition = &llb.Definition{}
	results, err := dockerfile2llb.DockerfileLint(context.Background(), text, dockerfile2llb.ConvertOpt{
		Config:       dockerui.Config{BuildArgs: map[string]string{}},
		SourceMap:    source,
		MetaResolver: unread{},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	count := len(results.Warnings)
	for _, each := range results.Warnings {
		line := int32(0)
		if ranges := each.Location.GetRanges(); len(ranges) > 0 {
			line = ranges[0].GetStart().GetLine()
		}
		fmt.Printf("%s:%d %s: %s\n", path, line, each.RuleName, each.Detail)
	}
	if results.Error != nil {
		count++
		fmt.Printf("%s %s\n", path, results.Error.Message)
	}
	if count > 0 {
		os.Exit(1)
	}
}
