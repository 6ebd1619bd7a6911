package awscmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/s3api"
)

// s3Command is one run of a high-level s3 command.
type s3Command struct {
	*Command
	client *Client
	paths  []string
	flags  map[string]string
}

// s3Commands are the high-level commands that are built, with the number of
// paths that each takes.
var s3Commands = map[string]struct {
	least, most int
	run         func(*s3Command, context.Context) error
}{
	"ls": {0, 1, (*s3Command).ls},
	"cp": {2, 2, (*s3Command).cp},
	"mb": {1, 1, (*s3Command).mb},
	"rb": {1, 1, (*s3Command).rb},
	"rm": {1, 1, (*s3Command).rm},
}

// s3Flags are the options of the high-level commands; true takes a value.
var s3Flags = map[string]bool{
	"--recursive": false, "--force": false, "--quiet": false, "--only-show-errors": false, "--no-progress": false,
	"--content-type": true, "--page-size": true,
}

func (c *Command) runS3(ctx context.Context, g *globals, args []string) error {
	if len(args) == 0 {
		return usagef("the following arguments are required: subcommand")
	}
	cmd, ok := s3Commands[args[0]]
	if !ok {
		return usagef("argument subcommand: Invalid choice: %q; there are ls, cp, mb, rb and rm", args[0])
	}
	s := &s3Command{Command: c, flags: map[string]string{}}
	for rest := args[1:]; len(rest) > 0; rest = rest[1:] {
		name, value, joined := strings.Cut(rest[0], "=")
		takes, known := s3Flags[name]
		switch {
		case !strings.HasPrefix(rest[0], "--"):
			s.paths = append(s.paths, rest[0])
			continue
		case !known:
			return usagef("Unknown options: %s", rest[0])
		case takes && !joined && len(rest) == 1:
			return usagef("argument %s: expected one argument", name)
		case takes && !joined:
			rest = rest[1:]
			value = rest[0]
		}
		s.flags[name] = value
	}
	if len(s.paths) < cmd.least || len(s.paths) > cmd.most {
		return usagef("s3 %s takes %d to %d paths", args[0], cmd.least, cmd.most)
	}
	var err error
	if s.client, err = c.client(g, "s3"); err != nil {
		return err
	}
	return cmd.run(s, ctx)
}

func (s *s3Command) has(flag string) bool {
	_, ok := s.flags[flag]
	return ok
}

// say prints a line on a transfer that succeeded.
func (s *s3Command) say(format string, args ...any) {
	if !s.has("--quiet") && !s.has("--only-show-errors") {
		fmt.Fprintf(s.Stdout, format+"\n", args...)
	}
}

// failed prints why a step failed and ends the command with status 1.
func (s *s3Command) failed(err error, format string, args ...any) error {
	if !s.has("--quiet") {
		fmt.Fprintf(s.Stderr, format+" %v\n", append(args, err)...)
	}
	return exitError(exitS3)
}

// call calls an operation of S3.
func call[Out, In any](ctx context.Context, s *s3Command, operation string, in *In) (*Out, error) {
	out := new(Out)
	return out, s.client.Call(ctx, &s3api.Service, operationNamed(&s3api.Service, operation), in, out)
}

// splitURI cuts s3://bucket/key.
func splitURI(uri string) (bucket, key string, ok bool) {
	rest, ok := strings.CutPrefix(uri, "s3://")
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key, ok
}

var errURI = usagef("<S3Uri>\nError: Invalid argument type")

func (s *s3Command) ls(ctx context.Context) error {
	bucket, prefix := "", ""
	if len(s.paths) == 1 {
		bucket, prefix, _ = strings.Cut(strings.TrimPrefix(s.paths[0], "s3://"), "/")
	}
	if bucket == "" {
		return s.lsBuckets(ctx)
	}
	in := &s3api.ListObjectsV2Input{Bucket: bucket, Prefix: &prefix}
	if !s.has("--recursive") {
		slash := "/"
		in.Delimiter = &slash
	}
	found := false
	err := s.objects(ctx, in, func(page *s3api.ListObjectsV2Output) error {
		found = found || len(page.Contents)+len(page.CommonPrefixes) > 0
		s.printObjects(page)
		return nil
	})
	if err == nil && prefix != "" && !found {
		return exitError(exitS3)
	}
	return err
}

// localTime writes a time in the zone that TZ names, else the process's.
func (s *s3Command) localTime(t *time.Time) string {
	if t == nil {
		return strings.Repeat(" ", len(time.DateTime))
	}
	if zone := s.getenv("TZ"); zone != "" {
		if l, err := time.LoadLocation(zone); err == nil {
			return t.In(l).Format(time.DateTime)
		}
	}
	return t.Local().Format(time.DateTime)
}

func (s *s3Command) lsBuckets(ctx context.Context) error {
	in := &s3api.ListBucketsInput{}
	for {
		page, err := call[s3api.ListBucketsOutput](ctx, s, "ListBuckets", in)
		if err != nil {
			return err
		}
		for _, b := range page.Buckets {
			fmt.Fprintf(s.Stdout, "%s %s\n", s.localTime(b.CreationDate), *b.Name)
		}
		if in.ContinuationToken = page.ContinuationToken; in.ContinuationToken == nil {
			return nil
		}
	}
}

// objects calls fn with each page of a list of objects.
func (s *s3Command) objects(ctx context.Context, in *s3api.ListObjectsV2Input, fn func(*s3api.ListObjectsV2Output) error) error {
	for {
		page, err := call[s3api.ListObjectsV2Output](ctx, s, "ListObjectsV2", in)
		if err != nil {
			return err
		}
		if err := fn(page); err != nil {
			return err
		}
		if in.ContinuationToken = page.NextContinuationToken; in.ContinuationToken == nil {
			return nil
		}
	}
}

func (s *s3Command) printObjects(page *s3api.ListObjectsV2Output) {
	base := func(key string) string {
		if s.has("--recursive") {
			return key
		}
		return key[strings.LastIndexByte(key, '/')+1:]
	}
	for _, p := range page.CommonPrefixes {
		fmt.Fprintf(s.Stdout, "%30s %s/\n", "PRE", base(strings.TrimSuffix(*p.Prefix, "/")))
	}
	for _, o := range page.Contents {
		fmt.Fprintf(s.Stdout, "%s %10d %s\n", s.localTime(o.LastModified), *o.Size, base(*o.Key))
	}
}

func (s *s3Command) mb(ctx context.Context) error {
	bucket, _, ok := splitURI(s.paths[0])
	if !ok {
		return errURI
	}
	in := &s3api.CreateBucketInput{Bucket: bucket}
	if region := s.client.region(); region != "us-east-1" {
		place := s3api.BucketLocationConstraint(region)
		in.CreateBucketConfiguration = &s3api.CreateBucketConfiguration{LocationConstraint: &place}
	}
	if _, err := call[s3api.CreateBucketOutput](ctx, s, "CreateBucket", in); err != nil {
		return s.failed(err, "make_bucket failed: %s", s.paths[0])
	}
	fmt.Fprintf(s.Stdout, "make_bucket: %s\n", bucket)
	return nil
}

func (s *s3Command) rb(ctx context.Context) error {
	bucket, _, ok := splitURI(s.paths[0])
	if !ok {
		return errURI
	}
	if s.has("--force") {
		if err := s.empty(ctx, bucket, ""); err != nil {
			return err
		}
	}
	if _, err := call[s3api.DeleteBucketOutput](ctx, s, "DeleteBucket", &s3api.DeleteBucketInput{Bucket: bucket}); err != nil {
		return s.failed(err, "remove_bucket failed: %s", s.paths[0])
	}
	fmt.Fprintf(s.Stdout, "remove_bucket: %s\n", bucket)
	return nil
}

func (s *s3Command) rm(ctx context.Context) error {
	bucket, key, ok := splitURI(s.paths[0])
	if !ok {
		return errURI
	}
	if s.has("--recursive") {
		return s.empty(ctx, bucket, key)
	}
	return s.remove(ctx, bucket, key)
}

func (s *s3Command) remove(ctx context.Context, bucket, key string) error {
	_, err := call[s3api.DeleteObjectOutput](ctx, s, "DeleteObject", &s3api.DeleteObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		return s.failed(err, "delete failed: s3://%s/%s", bucket, key)
	}
	s.say("delete: s3://%s/%s", bucket, key)
	return nil
}

// empty deletes all objects under a prefix, and goes on after one that fails.
func (s *s3Command) empty(ctx context.Context, bucket, prefix string) error {
	var keys []string
	err := s.objects(ctx, &s3api.ListObjectsV2Input{Bucket: bucket, Prefix: &prefix}, func(page *s3api.ListObjectsV2Output) error {
		for _, o := range page.Contents {
			keys = append(keys, *o.Key)
		}
		return nil
	})
	if err != nil {
		return s.failed(err, "fatal error:")
	}
	slices.Sort(keys)
	var failed error
	for _, key := range keys {
		failed = errors.Join(failed, s.remove(ctx, bucket, key))
	}
	return failed
}
