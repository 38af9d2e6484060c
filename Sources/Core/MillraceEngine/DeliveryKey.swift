import MillraceMachines

/// Names a delivery of a shard.
struct DeliveryKey: Hashable {
    let stage: StageID
    let delivery: Int
}
