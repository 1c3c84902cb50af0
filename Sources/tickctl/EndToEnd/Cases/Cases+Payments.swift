import Ticketing

extension EndToEndCase {
    static let paymentCases: [EndToEndCase] = [
        EndToEndCase(.payments, "a report that the provider did not sign is 400 bad_signature") { visit in
            let guest = try await visit.guest()
            let body = Visit.paymentReport(try await visit.quoted(guest).intent, "approved")
            let stranger = WebhookSignature(secret: Array(repeating: 7, count: 32))
            for signature in [nil, "", "nonsense", "t=1,v1=00", stranger.header(body: body, at: .now())] {
                try await visit.pay(bytes: body, signature).refuses(400, "bad_signature")
            }
        },
        EndToEndCase(.payments, "a signature of another body, or older than 5 minutes, is 400 bad_signature") { visit in
            let guest = try await visit.guest()
            let body = Visit.paymentReport(try await visit.quoted(guest).intent, "approved")
            let now = Timestamp.now()
            for signature in [
                try visit.signature(body + [32]), try visit.signature(body, at: now + .seconds(-400)),
                try visit.signature(body, at: now + .seconds(400)), String(try visit.signature(body).dropLast(2)),
            ] {
                try await visit.pay(bytes: body, signature).refuses(400, "bad_signature")
            }
        },
        EndToEndCase(.payments, "a repeated report is 200 and changes nothing") { visit in
            let guest = try await visit.guest()
            let seats = try await visit.held(guest).map(\.id)
            let key = visit.key()
            let intent: PaymentIntent = try await visit.intent(guest, key, seats).expect(201).json()
            for kind in ["approved", "approved", "declined"] {
                _ = try await visit.pay(intent, kind).expect(200)
                let status: PurchaseStatus = try await visit.status(key).expect(200).json()
                try require(
                    status.payment?.status == "APPROVED", "a payment that stays APPROVED",
                    got: "\(status.payment as Any)")
            }
        },
        EndToEndCase(.payments, "another amount is 409 amount_mismatch, another intent 404") { visit in
            let guest = try await visit.guest()
            var intent = try await visit.quoted(guest).intent
            for amount in [0, intent.amount - 1, intent.amount + 1] {
                try await visit.pay(intent, amount: amount).refuses(409, "amount_mismatch")
            }
            intent.intentId = "int-none"
            try await visit.pay(intent).refuses(404, "intent_not_found")
        },
        EndToEndCase(.payments, "a report whose fields are wrong is 400 bad_request") { visit in
            let guest = try await visit.guest()
            let intent = try await visit.quoted(guest).intent
            for body in [
                #"{"eventType":"paid","intentId":"\#(intent.intentId)","providerRef":"r","amount":1}"#,
                #"{"eventType":"approved","intentId":null,"providerRef":"r","amount":1}"#,
                #"{"eventType":"approved","intentId":"\#(intent.intentId)","providerRef":"","amount":1}"#,
                #"{"eventType":"approved","intentId":"\#(intent.intentId)","providerRef":"r","amount":-1}"#,
                #"{"eventType":"approved","intentId":"\#(intent.intentId)","providerRef":"r","amount":"7"}"#,
            ].map({ Array($0.utf8) }) {
                try await visit.pay(bytes: body, try visit.signature(body)).refuses(400, "bad_request")
            }
        },
        EndToEndCase(.payments, "an unpaid intent is 402 payment_required, a declined one 402 payment_declined") {
            visit in
            let guest = try await visit.guest()
            let (intent, seats) = try await visit.quoted(guest)
            let answer = try await visit.commit(guest, visit.key(), intent.intentId, seats.map(\.id))
            if answer.status == 202 { throw NotShown(reason: "this platform sells without a payment provider") }
            try answer.refuses(402, "payment_required")
            for kind in ["declined", "cancelled"] {
                let (intent, seats) = try await visit.quoted(guest)
                _ = try await visit.pay(intent, kind).expect(200)
                try await visit.commit(guest, visit.key(), intent.intentId, seats.map(\.id)).refuses(
                    402, "payment_declined")
            }
        },
        EndToEndCase(.payments, "a payment is CAPTURED with the tickets, and reports after that change nothing") {
            visit in
            let guest = try await visit.guest()
            guard visit.webhookSecret != nil else { throw NotShown(reason: "no --webhook-secret-env") }
            let bought = try await visit.bought(guest)
            for kind in ["approved", "declined", "cancelled"] {
                _ = try await visit.pay(bought.intent, kind).expect(200)
                let status: PurchaseStatus = try await visit.status(bought.key).expect(200).json()
                try require(
                    status.payment?.status == "CAPTURED" && status.payment?.amount == bought.intent.amount,
                    "CAPTURED, \(bought.intent.amount)", got: "\(status.payment as Any)")
            }
        },
    ]
}
