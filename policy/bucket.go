package policy

import "strings"

// BucketActions tells what the actions that a value of Action matches act on:
// buckets, objects or both. known is false for a value that matches no action
// of S3.
type BucketActions func(pattern string) (bucket, objects, known bool)

// CheckBucket holds a bucket policy against the rules that S3 has beyond the
// grammar: each resource is the bucket, given by its ARN, or objects in it, and
// each action is one of S3's that acts on one of the statement's resources.
// Without actions only resources are looked at. It returns the first fault, nil
// if there is none.
func (d *Document) CheckBucket(bucket string, actions BucketActions) *Error {
	for i := range d.Statements {
		if f := checkBucketStatement(&d.Statements[i], bucket, actions); f != nil {
			return f.err(Use{Kind: ResourceBased, Service: "s3"})
		}
	}
	return nil
}

func checkBucketStatement(st *Statement, bucket string, actions BucketActions) *fault {
	if st.Resource == nil {
		return &fault{MissingResource, st.Start, ""}
	}
	var onBucket, onObjects bool
	for _, v := range st.Resource.Values {
		rest, ok := strings.CutPrefix(v.Text, bucket)
		switch {
		case ok && rest == "":
			onBucket = true
		case ok && rest[0] == '/':
			onObjects = true
		case ok && rest[0] == '*':
			onBucket, onObjects = true, true
		default: // of another bucket, or of several
			return &fault{ForeignResource, v.Pos, v.Text}
		}
	}
	if actions == nil {
		return nil
	}
	for _, v := range st.Action.Values {
		bucket, objects, known := actions(v.Text)
		switch {
		case !known:
			return &fault{UnknownAction, v.Pos, v.Text}
		case st.Action.Not || st.Resource.Not || bucket && onBucket || objects && onObjects:
		default:
			return &fault{IdleAction, v.Pos, v.Text}
		}
	}
	return nil
}
