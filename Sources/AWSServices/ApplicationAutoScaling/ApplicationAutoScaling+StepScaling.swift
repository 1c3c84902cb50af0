extension ApplicationAutoScaling {
    /// Adds or takes away capacity when an alarm that names the policy goes off
    /// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html).
    public struct StepScaling: Codable, Sendable, Hashable {
        /// "PercentChangeInCapacity", "ChangeInCapacity", "ExactCapacity".
        public var adjustmentType: String?
        public var stepAdjustments: [StepAdjustment]
        /// Tasks added at least, for PercentChangeInCapacity.
        public var minAdjustmentMagnitude: Int?
        /// Seconds.
        public var cooldown: Int?
        /// "Average", "Minimum", "Maximum".
        public var metricAggregationType: String?

        public init(
            adjustmentType: String, stepAdjustments: [StepAdjustment], minAdjustmentMagnitude: Int?, cooldown: Int?,
            metricAggregationType: String?
        ) {
            self.adjustmentType = adjustmentType
            self.stepAdjustments = stepAdjustments
            self.minAdjustmentMagnitude = minAdjustmentMagnitude
            self.cooldown = cooldown
            self.metricAggregationType = metricAggregationType
        }

        /// One step; bounds are above the alarm's threshold, nil is without limit.
        public struct StepAdjustment: Codable, Sendable, Hashable {
            public var metricIntervalLowerBound: Double?
            public var metricIntervalUpperBound: Double?
            public var scalingAdjustment: Int

            public init(
                metricIntervalLowerBound: Double?, metricIntervalUpperBound: Double? = nil, scalingAdjustment: Int
            ) {
                self.metricIntervalLowerBound = metricIntervalLowerBound
                self.metricIntervalUpperBound = metricIntervalUpperBound
                self.scalingAdjustment = scalingAdjustment
            }
        }
    }
}
