import Forum
import Ledger
import Time

/// Ordinals that were passed over (rule C2).
extension CollectStage {
  /// Looks into ordinals that were passed over: a transaction that commits late brings its rows in below the mark (rule
  /// C2).
  func revisitGaps(_ report: inout Report) throws {
    var update = CollectorUpdate()
    let reread = try context.ledger.mark(.rereadThrough) ?? 0
    for cluster in clusters(try context.ledger.gaps()) where !context.isStopping() {
      let span = cluster.first!.range.lowerBound...cluster.last!.range.upperBound
      let found = try context.forum.posts(within: span, limit: page)
      // Of a full page nobody knows what comes after it.
      let known = ordinals(found)
      let end = found.count + found.faults.count < page ? span.upperBound : known.last ?? span.upperBound
      update.setAside += found.faults.map { SetAside($0, since: context.now()) }
      for gap in cluster where gap.range.lowerBound <= end {
        let new = known.filter { gap.range.contains($0) }
        let isOver = !context.doubtsClock && context.now() - gap.seenAt > settings.gapExpiry
        if new.isEmpty, !isOver { continue }
        let late = found.filter { gap.range.contains($0.ordinal) }
        try freeKeys(for: late, through: reread)
        update.upserts += late.map { candidate($0, known: nil, isLate: true) }
        update.removedGaps.append(gap)
        update.addedGaps += gaps(in: gap.range, without: new, seenAt: gap.seenAt).filter {
          !isOver || $0.range.upperBound > end
        }
        report.seen += new.count
      }
      if update.upserts.count + update.setAside.count + update.removedGaps.count >= page {
        try context.ledger.save(update)
        update = CollectorUpdate()
      }
    }
    if !update.isEmpty { try context.ledger.save(update) }
  }

  /// Gaps that are asked about in one question: they lie so close together that few posts are read in vain.
  private func clusters(_ gaps: [Gap]) -> [[Gap]] {
    var clusters: [[Gap]] = []
    for gap in gaps {
      if let first = clusters.last?.first, let last = clusters.last?.last,
        gap.range.lowerBound - last.range.upperBound <= 8,
        gap.range.upperBound - first.range.lowerBound < Int64(page)
      {
        clusters[clusters.count - 1].append(gap)
      } else {
        clusters.append([gap])
      }
    }
    return clusters
  }

  /// The parts of a range that hold none of the known ordinals, which are in order.
  func gaps(in range: ClosedRange<Int64>, without known: [Int64], seenAt: Timestamp) -> [Gap] {
    var gaps: [Gap] = []
    var next = range.lowerBound
    for ordinal in known where range.contains(ordinal) {
      if ordinal > next { gaps.append(Gap(next...(ordinal - 1), seenAt: seenAt)) }
      next = max(next, ordinal + 1)
    }
    if next <= range.upperBound { gaps.append(Gap(next...range.upperBound, seenAt: seenAt)) }
    return gaps
  }
}
