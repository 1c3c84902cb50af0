print("tickctl")
