package apimodel

// Overlay is what the model of a service does not say, and what names its Go
// package.
type Overlay struct {
	Package     string // Go package
	Version     string // which of botocore's models
	Namespace   string // XML namespace of answers, where the model gives none
	EventSource string // as CloudTrail names the service
	Reference   string // address of the API reference's pages, up to the name

	// Secrets are members that must never be logged and that the model does
	// not mark, by name alone.
	Secrets []string

	// Roots are the root elements of answers that are neither the output
	// shape's locationName nor a payload, by operation.
	Roots map[string]string
}

// Overlays is the overlay of each service that is built.
var Overlays = map[string]Overlay{
	"iam": {
		Package:     "iamapi",
		Version:     "2010-05-08",
		EventSource: "iam.amazonaws.com",
		Reference:   "https://docs.aws.amazon.com/IAM/latest/APIReference/API_",
		Secrets:     []string{"AuthenticationCode1", "AuthenticationCode2"},
	},
	"sts": {
		Package:     "stsapi",
		Version:     "2011-06-15",
		EventSource: "sts.amazonaws.com",
		Reference:   "https://docs.aws.amazon.com/STS/latest/APIReference/API_",
		Secrets:     []string{"SessionToken", "TokenCode", "ContextAssertion"},
	},
	"s3": {
		Package:     "s3api",
		Version:     "2006-03-01",
		Namespace:   "http://s3.amazonaws.com/doc/2006-03-01/",
		EventSource: "s3.amazonaws.com",
		Reference:   "https://docs.aws.amazon.com/AmazonS3/latest/API/API_",
		Secrets:     []string{"MFA", "RequestToken"},
		Roots:       s3Roots,
	},
}

// s3Roots are the root elements as the response syntax of each page of the S3
// API reference shows them. GetBucketLocation has a root element that is its
// only member: the value is the text of the root.
var s3Roots = map[string]string{
	"CompleteMultipartUpload":                    "CompleteMultipartUploadResult",
	"CreateMultipartUpload":                      "InitiateMultipartUploadResult",
	"CreateSession":                              "CreateSessionResult",
	"DeleteObjects":                              "DeleteResult",
	"GetBucketAccelerateConfiguration":           "AccelerateConfiguration",
	"GetBucketAcl":                               "AccessControlPolicy",
	"GetBucketCors":                              "CORSConfiguration",
	"GetBucketLifecycle":                         "LifecycleConfiguration",
	"GetBucketLifecycleConfiguration":            "LifecycleConfiguration",
	"GetBucketLocation":                          "LocationConstraint",
	"GetBucketLogging":                           "BucketLoggingStatus",
	"GetBucketNotification":                      "NotificationConfiguration",
	"GetBucketNotificationConfiguration":         "NotificationConfiguration",
	"GetBucketRequestPayment":                    "RequestPaymentConfiguration",
	"GetBucketTagging":                           "Tagging",
	"GetBucketVersioning":                        "VersioningConfiguration",
	"GetBucketWebsite":                           "WebsiteConfiguration",
	"GetObjectAcl":                               "AccessControlPolicy",
	"GetObjectAttributes":                        "GetObjectAttributesResponse",
	"GetObjectTagging":                           "Tagging",
	"ListBucketAnalyticsConfigurations":          "ListBucketAnalyticsConfigurationResult",
	"ListBucketIntelligentTieringConfigurations": "ListBucketIntelligentTieringConfigurationsOutput",
	"ListBucketInventoryConfigurations":          "ListInventoryConfigurationsResult",
	"ListBucketMetricsConfigurations":            "ListMetricsConfigurationsResult",
	"ListBuckets":                                "ListAllMyBucketsResult",
	"ListDirectoryBuckets":                       "ListAllMyDirectoryBucketsResult",
	"ListMultipartUploads":                       "ListMultipartUploadsResult",
	"ListObjectVersions":                         "ListVersionsResult",
	"ListObjects":                                "ListBucketResult",
	"ListObjectsV2":                              "ListBucketResult",
	"ListParts":                                  "ListPartsResult",
}
