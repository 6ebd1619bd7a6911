package awscmd

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/writ-iam/writ/internal/s3api"
)

// cp copies one file or object. "-" is standard input or output.
func (s *s3Command) cp(ctx context.Context) error {
	from, fromKey, fromS3 := splitURI(s.paths[0])
	to, toKey, toS3 := splitURI(s.paths[1])
	switch {
	case fromS3 && toS3:
		return s.copyObject(ctx, from, fromKey, to, keyInto(toKey, fromKey))
	case fromS3:
		return s.download(ctx, from, fromKey, s.paths[1])
	case toS3:
		return s.upload(ctx, s.paths[0], to, keyInto(toKey, filepath.ToSlash(s.paths[0])))
	}
	return usagef("<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>\nError: Invalid argument type")
}

// keyInto is the key of a copy: a target that is a folder gets the source's
// last element.
func keyInto(key, source string) string {
	if key == "" || strings.HasSuffix(key, "/") {
		return key + path.Base(source)
	}
	return key
}

// shown is a file's name in messages.
func shown(name string) string {
	if name == "-" || filepath.IsAbs(name) {
		return name
	}
	return "./" + filepath.ToSlash(filepath.Clean(name))
}

func (s *s3Command) upload(ctx context.Context, name, bucket, key string) error {
	in := &s3api.PutObjectInput{Bucket: bucket, Key: key, Body: s.Stdin}
	if name != "-" {
		f, err := os.Open(s.path(name))
		if err != nil {
			fmt.Fprintf(s.Stderr, "\nThe user-provided path %s does not exist.\n", name)
			return exitError(exitOther)
		}
		in.Body = f // closed by Call
	}
	if kind := s.contentType(name); kind != "" {
		in.ContentType = &kind
	}
	if _, err := call[s3api.PutObjectOutput](ctx, s, "PutObject", in); err != nil {
		return s.failed(err, "upload failed: %s to s3://%s/%s", shown(name), bucket, key)
	}
	if name != "-" {
		s.say("upload: %s to s3://%s/%s", shown(name), bucket, key)
	}
	return nil
}

func (s *s3Command) contentType(name string) string {
	if kind, ok := s.flags["--content-type"]; ok {
		return kind
	}
	kind, _, _ := strings.Cut(mime.TypeByExtension(filepath.Ext(name)), ";")
	return kind
}

func (s *s3Command) download(ctx context.Context, bucket, key, name string) error {
	if _, err := call[s3api.HeadObjectOutput](ctx, s, "HeadObject", &s3api.HeadObjectInput{Bucket: bucket, Key: key}); err != nil {
		if name == "-" {
			return s.failed(err, "download failed: s3://%s/%s to -", bucket, key)
		}
		return s.failed(err, "fatal error:")
	}
	if info, err := os.Stat(s.path(name)); name != "-" && (strings.HasSuffix(name, "/") || err == nil && info.IsDir()) {
		name = filepath.Join(name, path.Base(key))
	}
	out, err := call[s3api.GetObjectOutput](ctx, s, "GetObject", &s3api.GetObjectInput{Bucket: bucket, Key: key})
	if err == nil {
		err = s.save(out.Body, name)
	}
	if err != nil {
		return s.failed(err, "download failed: s3://%s/%s to %s", bucket, key, shown(name))
	}
	if name != "-" {
		s.say("download: s3://%s/%s to %s", bucket, key, shown(name))
	}
	return nil
}

func (s *s3Command) save(body io.ReadCloser, name string) error {
	defer body.Close()
	if name == "-" {
		_, err := io.Copy(s.Stdout, body)
		return err
	}
	file := s.path(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, body); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func (s *s3Command) copyObject(ctx context.Context, from, fromKey, to, toKey string) error {
	if _, err := call[s3api.HeadObjectOutput](ctx, s, "HeadObject", &s3api.HeadObjectInput{Bucket: from, Key: fromKey}); err != nil {
		return s.failed(err, "fatal error:")
	}
	source := (&url.URL{Path: from + "/" + fromKey}).EscapedPath()
	_, err := call[s3api.CopyObjectOutput](ctx, s, "CopyObject", &s3api.CopyObjectInput{Bucket: to, Key: toKey, CopySource: source})
	if err != nil {
		return s.failed(err, "copy failed: s3://%s/%s to s3://%s/%s", from, fromKey, to, toKey)
	}
	s.say("copy: s3://%s/%s to s3://%s/%s", from, fromKey, to, toKey)
	return nil
}
