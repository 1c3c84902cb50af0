extension StackValidation {
    /// What faces the world: certificates, logs, alarms' addresses, CloudFront.
    func checkEdge() {
        for (index, region) in stack.regions.enumerated() {
            checkCertificate(region.certificate, "regions[\(index)].certificate", region: region.name)
            if let bucket = region.accessLogsBucket, !bucket.matches(/[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]/) {
                report(
                    "regions[\(index)].accessLogsBucket",
                    message:
                        "\"\(bucket)\" is no name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens")
            }
        }
        checkEmail()
        checkCloudFront()
    }

    private func checkCertificate(_ certificate: String?, _ path: String, region: String) {
        guard let certificate else { return }
        guard certificate.matches(/arn:aws(-cn|-us-gov)?:acm:[a-z0-9\-]+:[0-9]{12}:certificate\/[A-Za-z0-9\-]+/) else {
            return report(
                path,
                message: "must be the ARN of an ACM certificate, arn:aws:acm:\(region):ACCOUNT:certificate/ID; it is "
                    + "\"\(certificate)\"")
        }
        let found = certificate.split(separator: ":", omittingEmptySubsequences: false)[3]
        if found != region {
            report(path, message: "the certificate is in \(found), and must be in \(region); request one there")
        }
    }

    private func checkEmail() {
        checkDistinct(stack.alarms.email) { "alarms.email[\($0)]" }
        for (index, address) in stack.alarms.email.enumerated()
        where address.utf8.count > 254
            || !address.matches(/[A-Za-z0-9.!#$%&'*+\/=?^_`{|}~\-]{1,64}@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+/)
        {
            report("alarms.email[\(index)]", message: "\"\(address)\" is not an e-mail address")
        }
    }

    private func checkCloudFront() {
        let cloudfront = stack.cloudfront
        checkDistinct(cloudfront.aliases) { "cloudfront.aliases[\($0)]" }
        for (index, alias) in cloudfront.aliases.enumerated()
        where alias.utf8.count > 253
            || !alias.matches(/(\*\.)?[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?)+/)
        {
            report(
                "cloudfront.aliases[\(index)]",
                message: "\"\(alias)\" is not a host name in lower case, such as tickets.example.com")
        }
        if !cloudfront.aliases.isEmpty, cloudfront.certificate == nil {
            report(
                "cloudfront.aliases", "cloudfront.certificate",
                message: "aliases need cloudfront.certificate, the ARN of an ACM certificate in us-east-1")
        }
        checkCertificate(cloudfront.certificate, "cloudfront.certificate", region: "us-east-1")
        // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
        let classes = ["PriceClass_100", "PriceClass_200", "PriceClass_All"]
        if !classes.contains(cloudfront.priceClass) {
            report(
                "cloudfront.priceClass",
                message: "must be one of \(classes.joined(separator: ", ")); it is \"\(cloudfront.priceClass)\"")
        }
        if !cloudfront.enabled, stack.network.albIngress == .cloudfront {
            report(
                "network.albIngress", "cloudfront.enabled",
                message:
                    "only CloudFront may reach the load balancers, but it is switched off: set network.albIngress to "
                    + "anywhere or cloudfront.enabled to true")
        }
    }
}
