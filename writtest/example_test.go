package writtest_test

import (
	"fmt"
	"log"

	"github.com/writ-iam/writ/writtest"
)

// A user without permissions is denied, as on AWS.
func Example() {
	srv, err := writtest.New(writtest.WithAccount("123456789012")) // in a test: writtest.Start(t)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()

	arn, err := srv.AWS(srv.Key, "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
	fmt.Println(arn, err)

	other, err := srv.NewAccount("partner")
	if err != nil {
		log.Fatal(err)
	}
	_, err = srv.AWS(other.Key, "s3api", "head-bucket", "--bucket", "none")
	fmt.Println(err)

	// Output:
	// arn:aws:iam::123456789012:root <nil>
	// exit status 254: An error occurred (404) when calling the HeadBucket operation: Not Found
}
